"""A run under its lock. Whoever changes a run's batches holds the run first, so that claim,
settle, stop and expiry never meet halfway; no call to WeChat is made under it.
"""

from __future__ import annotations

from sqlalchemy import select

from app.core import clock, db, queue
from app.core.db import session
from app.pushes.models import (
    HELD,
    UNDONE,
    Delivery,
    Push,
    PushBatch,
    PushRun,
    PushState,
    RunState,
)


def lock(run_id: int) -> PushRun:
    """The run, held until the commit."""
    statement = select(PushRun).filter_by(id=run_id).with_for_update(key_share=True)
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def lock_if_free(run_id: int, state: RunState) -> PushRun | None:
    """The run in this state, unless its push is held or another worker is at it."""
    statement = (
        select(PushRun)
        .join(Push, (Push.brand_id == PushRun.brand_id) & (Push.id == PushRun.push_id))
        .where(PushRun.id == run_id, PushRun.state == state)
        .where(Push.state.not_in(HELD))
    )
    return session.scalar(statement.with_for_update(of=PushRun, key_share=True, skip_locked=True))


def push_of(run: PushRun) -> Push:
    """The push that this is a run of."""
    return session.get_one(Push, (db.current_brand_id(), run.push_id))


def open_batches(run: PushRun) -> list[PushBatch]:
    """Those that are being called or wait to be tried again, oldest first."""
    statement = select(PushBatch).where(PushBatch.run_id == run.id, PushBatch.state.in_(UNDONE))
    return list(session.scalars(statement.order_by(PushBatch.id)))


def finish_if_done(run: PushRun) -> None:
    """The run ends when nobody of it is left to be sent to."""
    session.flush()
    undone = select(Delivery.fan_id).where(Delivery.run_id == run.id, Delivery.state.in_(UNDONE))
    if run.state == RunState.SENDING and session.scalar(undone.limit(1)) is None:
        end(run, RunState.DONE)


def end(run: PushRun, state: RunState) -> None:
    """A push that was for once is finished with its run."""
    run.state, run.ended_at = state, clock.now()
    push = push_of(run)
    if push.is_for_guides_too and state == RunState.DONE:
        run.handed_to = run.handed_count = 0
        queue.ring(queue.BULK)
    if push.once_at is not None:
        push.state, push.next_at = PushState.FINISHED, None
