"""The bulk queue's work: claim, call, settle. Safe to run twice and to die anywhere.

Retry lives in the rows: a call without an answer is repeated under its own key by
`expire_leases()`, and nothing here asks the queue to try again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import ColumnElement, Select, exists, select

from app.core import clock, db, queue, turns
from app.core.db import session
from app.pushes import service as pushes
from app.pushes.models import (
    ACTIVE,
    HELD,
    Delivery,
    DeliveryState,
    Push,
    PushBatch,
    PushRun,
    RunState,
)
from app.pushes.service.claiming import MASS_LIMIT
from app.pushes.service.settling import KEY_WINDOW
from app.wechat import gateway
from app.wechat.gateway import NoAnswer, Paused, WeChatError

log = structlog.get_logger()
WORK_SECONDS = 25  # RQ ends a job after 60, and notices go out in the same one
UNREACHABLE = timedelta(seconds=15)  # before trying an account again that nobody listens for
LOOK_SECONDS = 1  # a worker paused for longer looks again before it calls

Found = tuple[int, int]


def work(batch_size: int = MASS_LIMIT) -> None:
    """Send what is due, a batch of each run in turn, so that no brand waits for another."""
    until = time.monotonic() + WORK_SECONDS
    while time.monotonic() < until and _round(batch_size):
        continue


def _round(batch_size: int) -> bool:
    """Whether any run got on."""
    with db.system_transaction():
        found = _numbers(select(PushRun).where(_is_active()))
        to_hand = _numbers(select(PushRun).where(PushRun.handed_to.is_not(None)))
    got_on = [  # the leases of a run that failed bring it back
        turns.step_or_log(f"push.step:{run_id}", partial(_step, brand_id, run_id, batch_size))
        for brand_id, run_id in found
    ]
    handed = [
        turns.step_or_log(f"push.hand_over:{run_id}", partial(_hand_over, brand_id, run_id))
        for brand_id, run_id in to_hand
    ]
    return any([*got_on, *handed])


def _hand_over(brand_id: int, run_id: int) -> bool:
    with db.transaction(brand_id):
        return pushes.hand_over(run_id)


def _step(brand_id: int, run_id: int, batch_size: int) -> bool:
    with db.transaction(brand_id):
        if pushes.freeze(run_id):
            return True
    with db.transaction(brand_id):
        claim = pushes.claim(run_id, batch_size)
    if claim is None:
        return False
    _send(claim)
    return True


def _send(claim: pushes.Claim) -> None:
    if not _may_begin(claim):
        with db.transaction(claim.brand_id):
            pushes.put_back(claim)
        return
    outcome = _call(claim)
    with db.transaction(claim.brand_id):
        outcome()


def _may_begin(claim: pushes.Claim) -> bool:
    looked = time.monotonic()
    with db.transaction(claim.brand_id):
        may = pushes.may_begin(claim)
    return may and time.monotonic() - looked < LOOK_SECONDS


def _call(claim: pushes.Claim) -> Callable[[], None]:
    """Call, and say how to settle; no answer is not a refusal."""
    try:
        job = gateway.mass_send_text(claim.account_id, claim.openids, claim.text, key=claim.key)
    except WeChatError as refusal:
        return partial(pushes.settle, claim, errcode=refusal.errcode)
    except NoAnswer as silence:
        log.warning("push.no_answer", batch_id=claim.batch_id, was_sent=silence.was_sent)
        if silence.was_sent:
            return partial(pushes.lost, claim)
        return partial(pushes.put_back, claim, after=_rest(silence))
    return partial(pushes.settle, claim, message_id=job.message_id)


def _rest(silence: NoAnswer) -> timedelta:
    """How long the account is left in peace after a call that was surely not made."""
    if isinstance(silence, Paused):
        return max(UNREACHABLE, silence.until - clock.now())
    return UNREACHABLE


def expire_leases() -> None:
    """Let go of what dead workers held, and wake the queue for what may go on."""
    now = clock.now()
    with db.system_transaction():
        found = _numbers(_with_overdue_batches(now))
    for brand_id, run_id in found:
        with db.transaction(brand_id):
            pushes.expire(run_id, now)
    with db.system_transaction():
        if session.scalar(_due(now)) or session.scalar(_to_hand()):
            queue.ring(queue.BULK)


def _numbers(statement: Select[PushRun]) -> list[Found]:
    return [(run.brand_id, run.id) for run in session.scalars(statement.order_by(PushRun.id))]


def _is_active() -> ColumnElement[bool]:
    return PushRun.state.in_(ACTIVE)


def _of_run() -> ColumnElement[bool]:
    return (PushBatch.brand_id == PushRun.brand_id) & (PushBatch.run_id == PushRun.id)


def _with_overdue_batches(now: datetime) -> Select[PushRun]:
    is_dead = (PushBatch.state == DeliveryState.CALLING) & (PushBatch.lease_until <= now)
    is_old = PushBatch.first_try_at <= now - KEY_WINDOW
    is_over = (PushBatch.state == DeliveryState.PLANNED) & is_old
    return select(PushRun).where(exists().where(_of_run(), is_dead | is_over))


def _to_hand() -> Select[int]:
    return select(PushRun.id).where(PushRun.handed_to.is_not(None)).limit(1)


def _due(now: datetime) -> Select[int]:
    """A run to freeze, people to claim, or a batch whose next try has come."""
    to_claim = exists().where(
        Delivery.brand_id == PushRun.brand_id,
        Delivery.run_id == PushRun.id,
        Delivery.state == DeliveryState.PLANNED,
        Delivery.batch_id.is_(None),
    )
    to_try = exists().where(
        _of_run(), PushBatch.state == DeliveryState.PLANNED, PushBatch.retry_at <= now
    )
    of_push = (Push.brand_id == PushRun.brand_id) & (Push.id == PushRun.push_id)
    ready = (PushRun.state == RunState.PLANNED) | to_claim | to_try
    runs = select(PushRun.id).join(Push, of_push).where(_is_active(), ready)
    return runs.where(Push.state.not_in(HELD)).limit(1)
