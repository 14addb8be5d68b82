"""The timekeeper's part: a push whose time has come gets its one run."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.core import db, queue, turns
from app.core.db import session
from app.pushes.models import Push, PushRun, PushState, RunState
from app.pushes.service import dates


def plan_due(now: datetime) -> int:
    """Make the runs that are due, late ones too, each once; answers how many were made.

    Opens its own transactions, one a push, so that a broken push holds up nobody else's.
    """
    with db.system_transaction():
        found = [(push.brand_id, push.id) for push in session.scalars(_due(now))]
    plans = [(partial(_plan_one, *one, now), one[1]) for one in found]
    return sum(turns.step_or_log(f"push.plan:{push_id}", plan) for plan, push_id in plans)


def _due(now: datetime) -> Select[Push]:
    return select(Push).where(Push.state == PushState.SCHEDULED, Push.next_at <= now)


def _plan_one(brand_id: int, push_id: int, now: datetime) -> bool:
    with db.transaction(brand_id):
        return _plan(push_id, now)


def _plan(push_id: int, now: datetime) -> bool:
    """The lock lets one timekeeper plan it; the unique period stops a second run anyway."""
    statement = _due(now).where(Push.id == push_id)
    push = session.scalar(statement.with_for_update(skip_locked=True, key_share=True))
    if push is None:
        return False
    zone = brands.get(push.brand_id).zoneinfo
    due = dates.latest_due(push, now, zone)
    push.next_at = dates.next_due(push, now, zone)
    queue.ring(queue.BULK)
    return _insert(push, due, dates.period(push, due, zone))


def _insert(push: Push, due: datetime, period: str) -> bool:
    values = {
        "brand_id": push.brand_id,
        "push_id": push.id,
        "period": period,
        "due_at": due,
        "text": push.text,
        "state": RunState.PLANNED,
    }
    statement = insert(PushRun).values(values).on_conflict_do_nothing().returning(PushRun.id)
    return session.scalar(statement) is not None
