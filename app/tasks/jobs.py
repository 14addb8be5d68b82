"""What comes due by itself: each day's rules, batches that are being made, what is over,
what came of scripts.

The timekeeper looks and rings; the bulk worker does it, a step a transaction, over all brands.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import select, text

from app.core import clock, db, queue, turns
from app.core.db import session
from app.tasks import bulk
from app.tasks.models import BatchState, MessageState, Task, TaskBatch, TaskState
from app.tasks.service import ending, messages
from app.tasks.sql import CLOSES_AFTER
from app.wechat import gateway
from app.wechat.gateway import NoAnswer, WeChatError

WORK_SECONDS = 15
MORNING = 6  # the brand's hour at which its day is planned
RULES_DUE = """
SELECT DISTINCT r.brand_id FROM task_rules r JOIN brands b ON b.id = r.brand_id
WHERE r.is_on AND r.kind NOT IN ('basket', 'viewed')
    AND extract(hour FROM timezone(b.zone, CAST(:now AS timestamptz))) >= :morning
    AND (r.planned_on IS NULL
        OR r.planned_on < CAST(timezone(b.zone, CAST(:now AS timestamptz)) AS date))
ORDER BY r.brand_id"""


def plan_due() -> None:
    """Ring while a day is to be planned, a batch is being made, something is over, or scripts are
    to be counted; and let go of messages whose sender is gone."""
    now = clock.now()
    with db.system_transaction():
        messages.doubt_abandoned()
        is_due = _brands_due(now) or _batches() or _brands_over(now, 1)
        if is_due or bulk.brands_to_count(now):
            queue.ring(queue.BULK)


def work() -> None:
    """A step of each thing in turn, so that no brand waits for another."""
    until = time.monotonic() + WORK_SECONDS
    while time.monotonic() < until and _round():
        continue


def _round() -> bool:
    """Whether anything got on."""
    now = clock.now()
    with db.system_transaction():
        planned, over, batches = _brands_due(now), _brands_over(now), _batches()
        uncounted = bulk.brands_to_count(now)
    got_on = [_step(one, lambda: bulk.plan_day(now)) for one in planned]
    got_on += [_step(one, lambda: bool(ending.close_over())) for one in over]
    got_on += [_step(one, partial(bulk.step, number)) for one, number in batches]
    got_on += [_step(one, bulk.count_scripts) for one in uncounted]
    return any(got_on)


def _step(brand_id: int, act: Callable[[], bool]) -> bool:
    def in_its_brand() -> bool:
        with db.transaction(brand_id):
            return act()

    return turns.step_or_log(f"tasks.step:{brand_id}", in_its_brand)


def _brands_due(now: datetime) -> list[int]:
    return list(session.scalars(text(RULES_DUE), {"now": now, "morning": MORNING}))


def _batches() -> list[tuple[int, int]]:
    columns = TaskBatch.__table__.c
    making = select(columns.brand_id, columns.id).where(columns.state == BatchState.MAKING)
    return [(row.brand_id, row.id) for row in session.execute(making.order_by(columns.id))]


def _brands_over(now: datetime, limit: int = 100) -> list[int]:
    columns = Task.__table__.c
    is_over = (columns.state == TaskState.OPEN) & (columns.due_at <= now - CLOSES_AFTER)
    found = select(columns.brand_id).where(is_over).distinct().limit(limit)
    return list(session.scalars(found))


def send(claim: messages.Claim) -> MessageState:
    """Make the claimed call and settle it. No transaction is open: the caller's is committed."""
    state, errcode = _call(claim)
    with db.transaction(claim.brand_id):
        messages.settle(claim.message_id, state, errcode)
    return state


def _call(claim: messages.Claim) -> tuple[MessageState, int | None]:
    try:
        gateway.send_custom_text(claim.account_id, claim.openid, claim.text)
    except WeChatError as refusal:
        return (
            MessageState.UNKNOWN if refusal.rule.leaves_doubt else MessageState.REFUSED,
            refusal.errcode,
        )
    except NoAnswer as silence:
        return MessageState.UNKNOWN if silence.was_sent else MessageState.REFUSED, None
    return MessageState.SENT, None
