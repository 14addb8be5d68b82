"""What happened, as rows: the way up through the layers, and the person's timeline.

A feature records an event in its own transaction. What follows from it is a reaction; the
table of reactions is handed in by `create_app`, so nothing here knows who reacts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, db, queue
from app.core.crypto import keyring
from app.core.db import BrandRow, NumberedBrandRow, session

PERSON_CONTEXT = "events.person"


class Event(NumberedBrandRow):
    """One thing that happened to somebody. `data` holds ids and facts, no phone, no name.

    `person_encrypted` is how the outside named her, sealed, until we know which fan she is.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("brand_id", "dedupe_key"),
        Index(None, "brand_id", "member_id", "at"),
        Index(None, "brand_id", "fan_id", "at"),
        Index("ix_events_other", "brand_id", "at", postgresql_where="name = 'wechat.other'"),
    )

    name: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    fan_id: Mapped[int | None]
    member_id: Mapped[int | None]
    dedupe_key: Mapped[str | None] = mapped_column(String(96))
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    person_encrypted: Mapped[str | None] = mapped_column(Text)


class ReactionState(StrEnum):
    DUE = "due"
    DONE = "done"
    DEAD = "dead"


class ReactionWork(BrandRow):
    """That a reaction to an event is due, done, or has failed too often."""

    __tablename__ = "reaction_work"
    __table_args__ = (
        db.belongs_to("events", "event_id"),
        Index("ix_reaction_work_due", "due_at", postgresql_where="state = 'due'"),
        Index(
            "ix_reaction_work_dead",
            "brand_id",
            postgresql_where="state = 'dead' OR replayed_at IS NOT NULL",
        ),
    )

    event_id: Mapped[int] = mapped_column(primary_key=True)
    reaction: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[ReactionState] = mapped_column(String(8), default=ReactionState.DUE)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(Text)
    replayed_at: Mapped[datetime | None]  # a person had it tried again


HEAD_START = timedelta(seconds=15)  # within what counts as late, so that nothing else starves
_reactions: Mapping[str, tuple[str, ...]] = {}
_first: Collection[str] = ()


def subscribe(reactions: Mapping[str, tuple[str, ...]], *, first: Collection[str] = ()) -> None:
    """Hand in which reactions each event name has, and which of them go before others that have
    waited less than `HEAD_START` longer; once, at start."""
    global _reactions, _first
    _reactions, _first = reactions, first


@dataclass(frozen=True)
class News:
    """An event that is about to be recorded."""

    name: str
    at: datetime
    data: Mapping[str, Any]
    fan_id: int | None = None
    member_id: int | None = None
    dedupe_key: str | None = None
    person: str | None = field(default=None, repr=False)  # how the outside names her


def record(
    name: str,
    *,
    fan_id: int | None = None,
    member_id: int | None = None,
    at: datetime | None = None,
    dedupe_key: str | None = None,
    **data: Any,
) -> int | None:
    """Write the event and its due reactions; None when the dedupe key was known already."""
    news = News(name, at or clock.now(), data, fan_id, member_id, dedupe_key)
    written = record_all([news])
    return written[0] if written else None


def record_all(news: Sequence[News]) -> list[int]:
    """Write the events and their due reactions, whatever their number in two statements;
    answers the ids of those whose dedupe key was not known already."""
    if not news:
        return []
    statement = insert(Event).on_conflict_do_nothing()
    told = statement.returning(Event.id, Event.name)
    written = session.execute(told, [_row(each) for each in news]).all()
    _make_due([(row.id, reaction) for row in written for reaction in _reactions.get(row.name, ())])
    return [row.id for row in written]


def person(event: Event) -> str | None:
    """How the outside named her; None where it did not, and once `is_about` has been said."""
    if event.person_encrypted is None:
        return None
    return keyring().open(event.person_encrypted, context=f"{event.brand_id}.{PERSON_CONTEXT}")


def is_about(event: Event, fan_id: int | None, member_id: int | None) -> None:
    """We know who she is, or that we do not know her: the name from outside has done its work."""
    event.fan_id, event.member_id = fan_id, member_id
    event.person_encrypted = None


def _row(news: News) -> dict[str, Any]:
    brand_id = db.current_brand_id()
    return {
        "brand_id": brand_id,
        "name": news.name,
        "at": news.at,
        "fan_id": news.fan_id,
        "member_id": news.member_id,
        "dedupe_key": news.dedupe_key,
        "data": dict(news.data),
        "person_encrypted": news.person
        and keyring().seal(news.person, context=f"{brand_id}.{PERSON_CONTEXT}"),
    }


def _make_due(work: Sequence[tuple[int, str]]) -> None:
    if not work:
        return
    common = {"brand_id": db.current_brand_id(), "state": ReactionState.DUE, "attempts": 0}
    rows = [
        common | {"event_id": event_id, "reaction": reaction, "due_at": _due_at(reaction)}
        for event_id, reaction in work
    ]
    session.execute(insert(ReactionWork), rows)
    queue.ring(queue.NOW)


def _due_at(reaction: str) -> datetime:
    return clock.now() - HEAD_START if reaction in _first else clock.now()
