"""Settle: what a batch's answer means, and what is done with a batch nobody answered for."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.core import audit, clock
from app.core.db import session
from app.pushes.models import DeliveryState, PushBatch, PushRun, RunState
from app.pushes.service import budget, runs, sql
from app.pushes.service.claiming import LEASE, Claim
from app.wechat.errors import Action, retry_at, rule_for

KEY_WINDOW = timedelta(hours=23)  # WeChat remembers a key for 24 hours; one is our margin
PATIENCE = timedelta(seconds=65)  # the same key within a minute is refused
LONGEST_WAIT = timedelta(hours=1)
MORNING = 8  # a push that had to wait for another day begins at this hour at Shanghai

CLOSE = """
UPDATE deliveries SET state = :after, errcode = :errcode
WHERE brand_id = :brand AND batch_id = :batch AND state IN ('calling', 'planned')"""

SKIP_STOPPED = """
UPDATE deliveries SET state = 'skipped', reason = 'stopped', batch_id = NULL
WHERE brand_id = :brand AND batch_id = :batch AND state = 'planned'"""

SKIP_UNCLAIMED = """
UPDATE deliveries SET state = 'skipped', reason = 'stopped'
WHERE brand_id = :brand AND run_id = :run AND state = 'planned' AND batch_id IS NULL"""

BACK = """
UPDATE deliveries SET state = 'planned'
WHERE brand_id = :brand AND batch_id = :batch AND state = 'calling'"""


def settle(claim: Claim, *, message_id: int | None = None, errcode: int = 0) -> None:
    """Write down WeChat's answer, unless the lease has passed to somebody else meanwhile."""
    run, batch = runs.lock(claim.run_id), _still_ours(claim)
    if batch is None:
        return
    batch.errcode = errcode or None
    if message_id is not None:
        _accepted(batch, message_id)
    else:
        _declined(run, batch, errcode)
    runs.finish_if_done(run)


def _declined(run: PushRun, batch: PushBatch, errcode: int) -> None:
    """What the table of `wechat.errors` says: try again then, or refused, or no more of it."""
    rule, until = rule_for(errcode), _next_try(batch, errcode)
    batch.is_in_doubt = batch.is_in_doubt or rule.leaves_doubt
    if until is not None:
        _wait(run, batch, until)
        return
    _refused(batch)
    if rule.action in (Action.STOP, Action.QUOTA) and run.state == RunState.SENDING:
        halt(run)
        audit.record("push.stopped", actor="wechat", subject=f"run:{run.id}", errcode=errcode)


def _next_try(batch: PushBatch, errcode: int) -> datetime | None:
    """None where the code is final, or would be over only when the key is forgotten."""
    now = clock.now()
    until = retry_at(errcode, now, batch.attempts)
    if until is None or until - now >= KEY_WINDOW:
        return None
    if until - now > LONGEST_WAIT:
        return _by_day(until)
    return max(until, now + _patience(batch))


def _by_day(at: datetime) -> datetime:
    """WeChat's quotas begin anew at midnight, when nobody wants to be woken by a brand."""
    local = clock.local(at)
    return local.replace(hour=MORNING, minute=0) if local.hour < MORNING else at


def halt(run: PushRun) -> int:
    """End the run for good; answers how many people were not sent to for that reason."""
    runs.end(run, RunState.STOPPED)
    skipped = sql.execute(SKIP_UNCLAIMED, run=run.id)
    for batch in runs.open_batches(run):
        if batch.state == DeliveryState.PLANNED:
            give_up(run, batch)
    return skipped


def lost(claim: Claim) -> None:
    """No answer came: it stays in the call until the lease is over, and is in doubt for good."""
    runs.lock(claim.run_id)
    batch = _still_ours(claim)
    if batch is not None:
        batch.is_in_doubt = True


def put_back(claim: Claim, after: timedelta = timedelta()) -> None:
    """The call was surely not made: as if it had not been claimed."""
    run, batch = runs.lock(claim.run_id), _still_ours(claim)
    if batch is not None:
        _wait(run, batch, clock.now() + after)
        runs.finish_if_done(run)


def expire(run_id: int, now: datetime) -> None:
    """Batches whose worker is gone wait for their next try, or are given up as unknown."""
    run = runs.lock(run_id)
    for batch in runs.open_batches(run):
        if batch.state == DeliveryState.CALLING and batch.lease_until <= now:
            batch.is_in_doubt = True
            _wait(run, batch, batch.lease_until - LEASE + PATIENCE)
        elif batch.state == DeliveryState.PLANNED and is_over(batch, now):
            give_up(run, batch)
    runs.finish_if_done(run)


def is_over(batch: PushBatch, now: datetime) -> bool:
    """Whether WeChat may have forgotten the key: trying again could reach people twice."""
    return now - batch.first_try_at >= KEY_WINDOW


def give_up(run: PushRun, batch: PushBatch) -> None:
    """A waiting batch is tried no more: unknown if in doubt, else it was surely not sent."""
    if batch.is_in_doubt:
        _close(batch, DeliveryState.UNKNOWN)
    elif run.state == RunState.STOPPED:
        sql.execute(SKIP_STOPPED, batch=batch.id)
        session.delete(batch)  # nobody is in it
    else:
        _close(batch, DeliveryState.REFUSED)


def _still_ours(claim: Claim) -> PushBatch | None:
    statement = select(PushBatch).where(
        PushBatch.id == claim.batch_id,
        PushBatch.state == DeliveryState.CALLING,
        PushBatch.lease_token == claim.lease_token,
    )
    return session.scalar(statement.with_for_update())


def _wait(run: PushRun, batch: PushBatch, until: datetime) -> None:
    """Back among the planned with its key; charged on only while in doubt."""
    if not batch.is_in_doubt:
        budget.release(batch)
    sql.execute(BACK, batch=batch.id)
    batch.state, batch.retry_at = DeliveryState.PLANNED, until
    if run.state == RunState.STOPPED or is_over(batch, clock.now()):
        give_up(run, batch)


def _patience(batch: PushBatch) -> timedelta:
    doubled: timedelta = PATIENCE * 2 ** min(batch.attempts - 1, 10)
    return min(doubled, LONGEST_WAIT)


def _accepted(batch: PushBatch, message_id: int) -> None:
    """A message id that belongs to another batch of ours proves nothing for this one."""
    if _is_anothers(batch, message_id):
        _close(batch, DeliveryState.UNKNOWN)
    else:
        batch.message_id = message_id
        _close(batch, DeliveryState.SENT)


def _is_anothers(batch: PushBatch, message_id: int) -> bool:
    same = (PushBatch.account_id == batch.account_id) & (PushBatch.message_id == message_id)
    return session.scalar(select(PushBatch.id).where(same, PushBatch.id != batch.id)) is not None


def _refused(batch: PushBatch) -> None:
    """A refusal of a later try says nothing about the first one that went unanswered."""
    if batch.is_in_doubt:
        _close(batch, DeliveryState.UNKNOWN)
    else:
        budget.release(batch)
        _close(batch, DeliveryState.REFUSED)


def _close(batch: PushBatch, after: DeliveryState) -> None:
    sql.execute(CLOSE, batch=batch.id, after=after, errcode=batch.errcode)
    batch.state = after
