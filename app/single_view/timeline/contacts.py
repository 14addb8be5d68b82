"""Moments from calls, messages and mails of other systems, and from the notes of staff."""

from __future__ import annotations

from app.core import clock
from app.members.service.contacts import open_contact
from app.members.service.notes import UNDO_FOR, open_note
from app.single_view import words
from app.single_view.timeline.moments import Kind, Moment, Row, Source, Whose

ICONS = {"call": "phone", "sms": "message", "mail": "mail", "chat": "message"}


def _contact(row: Row, _whose: Whose) -> Moment:
    """What was said, by whom, how long, and where the recording lies."""
    facts = row.facts
    agent = f"坐席 {facts['agent']}" if facts["agent"] else ""
    return Moment(
        at=row.at,
        kind=Kind.CONTACT,
        key=row.key,
        icon=ICONS[facts["channel"]],
        words=words.contact(facts["channel"], facts["direction"], facts["seconds"]),
        details=[part for part in (open_contact(facts["text"]), agent) if part],
        link=facts["recording"],
    )


def _note(row: Row, whose: Whose) -> Moment:
    """A note that this reader may read."""
    facts = row.facts
    is_hers = facts["author_id"] == whose.reader_id
    return Moment(
        at=row.at,
        kind=Kind.CONTACT,
        key=row.key,
        icon="note",
        words=f"{facts['author']} 写了备注",
        details=[open_note(facts["text"]), words.READERS[facts["readers"]]],
        undo=row.key if is_hers and row.at > clock.now() - UNDO_FOR else None,
    )


CONTACTS = Source(
    """
    SELECT at, id AS key,
           json_build_object('channel', channel, 'direction', direction, 'agent', agent,
                             'seconds', duration_seconds, 'recording', recording_url,
                             'text', text_encrypted) AS facts
    FROM contacts WHERE brand_id = :brand AND member_id = :member
    """,
    _contact,
    {Kind.CONTACT},
)
NOTES = Source(
    """
    SELECT note.at, note.id AS key,
           json_build_object('author_id', author.id, 'author', author.name,
                             'readers', note.readers, 'text', note.text_encrypted) AS facts
    FROM notes note
    JOIN staff author ON author.brand_id = note.brand_id AND author.id = note.author_id
    WHERE note.brand_id = :brand AND note.member_id = :member
      AND (note.author_id = :reader OR note.readers = ANY(:readers))
    """,
    _note,
    {Kind.CONTACT},
)
