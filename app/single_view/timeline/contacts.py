"""Moments from calls, messages and mails of other systems, and from the notes of staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.complaints import service as complaints
from app.complaints.models import Kind as Complained
from app.complaints.models import State
from app.complaints.words import ERASED, KINDS, STATES
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


def _complaint(row: Row, _whose: Whose) -> Moment:
    """What she complained of, and what was done; of one recorded by mistake no more than that."""
    facts = row.facts
    badge, tone = STATES[State(facts["state"])]
    about = facts["guide"] or facts["store"]
    return Moment(
        at=row.at,
        kind=Kind.CONTACT,
        key=row.key,
        icon="alert",
        words=f"投诉：{KINDS[Complained(facts['kind'])]}{f'（{about}）' if about else ''}",
        details=[] if facts["state"] == State.WITHDRAWN else _said(facts),
        badge=badge,
        tone=tone,
        complaint=int(row.key),
    )


def _said(facts: Mapping[str, Any]) -> list[str]:
    text, answer = complaints.opened_text(facts["text"]), complaints.opened_answer(facts["answer"])
    told = [text or ERASED, f"{facts['recorded_by']}记下"]
    return [*told, f"{facts['answered_by']}：{answer}"] if answer else told


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
COMPLAINTS = Source(
    """
    SELECT told.recorded_at AS at, told.id AS key,
           json_build_object('kind', told.kind, 'state', told.state,
                             'text', told.text_encrypted, 'answer', told.answer_encrypted,
                             'store', store.name, 'guide', guide.name,
                             'recorded_by', recorder.name, 'answered_by', answerer.name) AS facts
    FROM complaints told
    JOIN staff recorder
      ON recorder.brand_id = told.brand_id AND recorder.id = told.recorded_by_id
    LEFT JOIN staff answerer
           ON answerer.brand_id = told.brand_id AND answerer.id = told.answered_by_id
    LEFT JOIN staff guide ON guide.brand_id = told.brand_id AND guide.id = told.staff_id
    LEFT JOIN stores store ON store.brand_id = told.brand_id AND store.id = told.store_id
    WHERE told.brand_id = :brand AND told.member_id = :member AND :is_manager
      AND (:every_store OR told.store_id = ANY(CAST(:stores AS bigint[])))
    """,
    _complaint,
    {Kind.CONTACT},
)
