"""What happened, as rows: the way up through the layers, and the person's timeline.

A feature records an event in its own transaction. What follows from it is a reaction; the
table of reactions is handed in by `create_app`, so nothing here knows who reacts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, db, queue
from app.core.db import BrandRow, NumberedBrandRow, session


class Event(NumberedBrandRow):
    """One thing that happened to somebody. `data` holds ids and facts, no phone, no name."""

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


_reactions: Mapping[str, tuple[str, ...]] = {}


def subscribe(reactions: Mapping[str, tuple[str, ...]]) -> None:
    """Hand in which reactions each event name has; once, at start."""
    global _reactions
    _reactions = reactions


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
    values = {
        "brand_id": db.current_brand_id(),
        "name": name,
        "at": at or clock.now(),
        "fan_id": fan_id,
        "member_id": member_id,
        "dedupe_key": dedupe_key,
        "data": data,
    }
    statement = insert(Event).values(values).on_conflict_do_nothing().returning(Event.id)
    event_id = session.scalar(statement)
    if event_id is not None:
        _make_due(event_id, _reactions.get(name, ()))
    return event_id


def _make_due(event_id: int, reactions: tuple[str, ...]) -> None:
    for reaction in reactions:
        session.add(ReactionWork(event_id=event_id, reaction=reaction, due_at=clock.now()))
    if reactions:
        queue.ring(queue.NOW)
