"""What she wrote and what was written about her, in words for her own copy."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import session
from app.core.privacy import Person, Row, of_member
from app.members.models import Contact, Note
from app.members.service import contacts, fields, notes


def of_contacts(person: Person) -> list[Row]:
    rows = session.scalars(select(Contact).where(of_member(Contact)(person)).order_by(Contact.at))
    return [
        {
            "at": row.at,
            "channel": row.channel,
            "direction": row.direction,
            "duration_seconds": row.duration_seconds,
            "recording_url": row.recording_url,
            "text": contacts.contact_text(row),
        }
        for row in rows
    ]


def of_fields(person: Person) -> list[Row]:
    held = fields.held_by(person.member_id) if person.member_id else []
    return [{"name": each.field.name, "value": each.value} for each in held if each.value]


def of_notes(person: Person) -> list[Row]:
    rows = session.scalars(select(Note).where(of_member(Note)(person)).order_by(Note.id))
    return [{"at": row.at, "text": notes.note_text(row)} for row in rows]
