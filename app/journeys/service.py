"""Carrying out reactions: in batches, each recorded, a failing one repeating only itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.core.events import Event, ReactionState, ReactionWork

log = structlog.get_logger()

Reaction = Callable[[Sequence[Event]], None]
BATCH = 200  # a batch holds its stores' rows until it commits
HELPINGS = {"welcome_member": 20}  # it goes member by member: scans are to come in between
MAX_ATTEMPTS = 8


def react_due(reactions: Mapping[str, Reaction]) -> int:
    """Carry out one batch of due reactions of one brand; answers how many rows it dealt with."""
    place = _next_due(reactions)
    if place is None:
        return 0
    brand_id, name = place
    try:
        return _react(brand_id, name, reactions[name])
    except Exception as error:
        log.warning("reaction.batch_failed", reaction=name, kind=type(error).__name__)
        return _react_one_by_one(brand_id, name, reactions[name])


def _next_due(reactions: Collection[str]) -> tuple[int, str] | None:
    due = (ReactionWork.state == ReactionState.DUE) & (ReactionWork.due_at <= clock.now())
    known = ReactionWork.reaction.in_(reactions)  # an older version may have left others
    oldest = select(ReactionWork.brand_id, ReactionWork.reaction).where(due, known)
    with db.system_transaction():
        row = session.execute(oldest.order_by(ReactionWork.due_at).limit(1)).first()
    return (row.brand_id, row.reaction) if row else None


def _react(brand_id: int, name: str, reaction: Reaction, only: int | None = None) -> int:
    with db.transaction(brand_id):
        work = _claim(name, only)
        if not work:
            return 0  # another worker was quicker
        ids = [row.event_id for row in work]
        events = session.scalars(select(Event).where(Event.id.in_(ids)).order_by(Event.id)).all()
        reaction(events)
        for row in work:
            row.state = ReactionState.DONE
        return len(work)


def _claim(name: str, only: int | None = None) -> Sequence[ReactionWork]:
    due = (ReactionWork.state == ReactionState.DUE) & (ReactionWork.due_at <= clock.now())
    mine = select(ReactionWork).where(due, ReactionWork.reaction == name)
    if only is not None:
        mine = mine.where(ReactionWork.event_id == only)
    ordered = mine.order_by(ReactionWork.event_id).limit(HELPINGS.get(name, BATCH))
    return session.scalars(ordered.with_for_update(skip_locked=True)).all()


def _react_one_by_one(brand_id: int, name: str, reaction: Reaction) -> int:
    """After a batch failed: each event in a transaction of its own, so one cannot stop others."""
    with db.transaction(brand_id):
        event_ids = [row.event_id for row in _claim(name)]
    for event_id in event_ids:
        _try_one(brand_id, name, reaction, event_id)
    return len(event_ids)


def _try_one(brand_id: int, name: str, reaction: Reaction, event_id: int) -> None:
    try:
        _react(brand_id, name, reaction, only=event_id)
    except Exception as error:
        log.warning("reaction.failed", reaction=name, event_id=event_id, kind=type(error).__name__)
        with db.transaction(brand_id):
            _put_off(session.get_one(ReactionWork, (brand_id, event_id, name)), error)


def _put_off(row: ReactionWork, error: Exception) -> None:
    """Later, each time later still; after eight times it is for a person to see."""
    row.attempts += 1
    row.last_error = type(error).__name__
    row.due_at = clock.now() + timedelta(seconds=2**row.attempts)
    if row.attempts >= MAX_ATTEMPTS:
        row.state = ReactionState.DEAD
