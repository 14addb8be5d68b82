"""Moments from calls, messages and mails of other systems, and from the notes of staff."""

from __future__ import annotations

from sqlalchemy import and_, or_, select

from app.core import clock
from app.core.db import session
from app.members.models import Contact, Note, Readers
from app.members.service.contacts import contact_text
from app.members.service.notes import UNDO_FOR, note_text
from app.single_view import words
from app.single_view.timeline.moments import Kind, Moment, Whose, Window
from app.staff.models import Staff

ICONS = {"call": "phone", "sms": "message", "mail": "mail", "chat": "message"}


def contacts(whose: Whose, window: Window) -> list[Moment]:
    """What was said, by whom, how long, and where the recording lies."""
    wanted = (
        select(Contact)
        .where(Contact.member_id == whose.member_id, window.holds(Contact.at, Contact.id))
        .order_by(Contact.at.desc(), Contact.id.desc())
        .limit(window.limit)
    )
    return [_contact(row) for row in session.scalars(wanted)]


def _contact(row: Contact) -> Moment:
    said = contact_text(row)
    agent = f"坐席 {row.agent}" if row.agent else ""
    return Moment(
        at=row.at,
        kind=Kind.CONTACT,
        key=str(row.id),
        icon=ICONS[row.channel],
        words=words.contact(row.channel, row.direction, row.duration_seconds),
        details=[part for part in (said, agent) if part],
        link=row.recording_url,
    )


def notes(whose: Whose, window: Window) -> list[Moment]:
    """The notes that this reader may read."""
    open_to_her = [Readers.EVERYONE, *([Readers.MANAGERS] if whose.is_manager else [])]
    may_read = or_(Note.author_id == whose.reader_id, Note.readers.in_(open_to_her))
    wanted = (
        select(Note, Staff.name)
        .join(Staff, and_(Staff.brand_id == Note.brand_id, Staff.id == Note.author_id))
        .where(Note.member_id == whose.member_id, may_read, window.holds(Note.at, Note.id))
        .order_by(Note.at.desc(), Note.id.desc())
        .limit(window.limit)
    )
    return [_note(note, author, whose.reader_id) for note, author in session.execute(wanted)]


def _note(note: Note, author: str, reader_id: int) -> Moment:
    is_fresh = note.at > clock.now() - UNDO_FOR and note.author_id == reader_id
    return Moment(
        at=note.at,
        kind=Kind.CONTACT,
        key=str(note.id),
        icon="note",
        words=f"{author} 写了备注",
        details=[note_text(note), words.READERS[note.readers]],
        undo=str(note.id) if is_fresh else None,
    )
