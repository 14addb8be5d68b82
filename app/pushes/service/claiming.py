"""Claim: who is called next, checked and charged now, under a lease and a key fixed for good."""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from app.core import clock, codes
from app.core.db import session
from app.members.models import Fan
from app.pushes.models import (
    HELD,
    Delivery,
    DeliveryState,
    PushBatch,
    PushRun,
    RunState,
)
from app.pushes.service import budget, runs, sql
from app.pushes.service.audience import REFUSAL
from app.wechat import openids

MASS_MIN, MASS_LIMIT = 2, 10_000  # what WeChat takes in one call
LEASE = timedelta(seconds=20)
START_SECONDS = 5  # later than this after the claim, the answer might outlast the lease

# A CTE, since a LIMIT with FOR UPDATE inside IN (…) may be run anew for each row and take all;
# by ctid, which holds under the run's lock and needs no statistics of rows just written.
TAKE = """
WITH taken AS MATERIALIZED (
    SELECT ctid FROM deliveries
    WHERE brand_id = :brand AND run_id = :run AND state = 'planned' AND batch_id IS NULL
    ORDER BY fan_id LIMIT :count FOR UPDATE
)
UPDATE deliveries SET batch_id = :batch FROM taken WHERE deliveries.ctid = taken.ctid"""

LEFT = """
SELECT count(*) FROM (
    SELECT FROM deliveries
    WHERE brand_id = :brand AND run_id = :run AND state = 'planned' AND batch_id IS NULL
    LIMIT :limit) AS waiting"""

_REFUSED_NOW = f"""
FROM fans WHERE fans.brand_id = :brand AND fans.id = deliveries.fan_id
  AND deliveries.brand_id = :brand AND deliveries.batch_id = :batch
  AND deliveries.state = 'planned' AND ({REFUSAL}) IS NOT NULL"""
SKIP_REFUSED = f"""
UPDATE deliveries SET state = 'skipped', reason = {REFUSAL}, batch_id = NULL {_REFUSED_NOW}"""  # noqa: S608
DOUBT_REFUSED = f"UPDATE deliveries SET state = 'unknown' {_REFUSED_NOW}"  # noqa: S608

MOVE = """
UPDATE deliveries SET state = :after
WHERE brand_id = :brand AND batch_id = :batch AND state = :before"""

LEAVE = """
UPDATE deliveries SET state = :after, reason = :reason, batch_id = NULL
WHERE brand_id = :brand AND batch_id = :batch AND state = 'calling'"""


@dataclass(frozen=True)
class Claim:
    """What a worker carries over from the claim to the call and the settling."""

    brand_id: int
    run_id: int
    batch_id: int
    account_id: int
    key: str
    lease_token: str
    text: str
    openids: list[str] = field(repr=False)
    claimed: float = field(default_factory=time.monotonic)

    def is_late(self) -> bool:
        """A worker that was paused must not call: others may be at it by now."""
        return time.monotonic() - self.claimed > START_SECONDS


def claim(run_id: int, size: int = MASS_LIMIT) -> Claim | None:
    """The next people of this run; None when there is nobody to call at present.

    While an earlier batch waits for its answer or its next try the run begins no other: an
    account that does not answer, or says "not now", is left in peace.
    """
    run = runs.lock_if_free(run_id, RunState.SENDING)
    if run is None:
        return None
    batch = _next_batch(run, max(MASS_MIN, min(size, MASS_LIMIT)))
    if batch is None:
        runs.finish_if_done(run)
        return None
    return _lease(run, batch)


def _next_batch(run: PushRun, size: int) -> PushBatch | None:
    waiting = [one for one in runs.open_batches(run) if _holds_up(one)]
    if not waiting:
        return _new_batch(run, size)
    due = [one for one in waiting if one.retry_at and one.retry_at <= clock.now()]
    return _again(due[0]) if due else None


def _holds_up(batch: PushBatch) -> bool:
    return batch.state == DeliveryState.PLANNED or batch.is_in_doubt


def _new_batch(run: PushRun, size: int) -> PushBatch | None:
    if not _left(run, 1):
        return None
    batch = _insert(run)
    while (have := _people(batch)) < MASS_MIN and (left := _left(run, size + 2)):
        sql.execute(TAKE, run=run.id, batch=batch.id, count=_share(left, size - have))
        _admit(batch)
    return batch if _is_enough(batch, lonely=DeliveryState.SKIPPED) else None


def _share(left: int, room: int) -> int:
    """As many as there is room for, but never so that a single person is left over."""
    if left != room + 1:
        return min(left, room)
    return room - 1 if room > 1 else left


def _again(batch: PushBatch) -> PushBatch | None:
    """The same key, and the same list or a smaller one."""
    if not batch.is_in_doubt:
        _admit(batch)
        return batch if _is_enough(batch, lonely=DeliveryState.PLANNED) else None
    sql.execute(DOUBT_REFUSED, batch=batch.id)  # the first call may have reached them
    if _move(batch, DeliveryState.PLANNED, DeliveryState.CALLING) >= MASS_MIN:
        return batch
    _move(batch, DeliveryState.CALLING, DeliveryState.UNKNOWN)
    batch.state = DeliveryState.UNKNOWN
    return None


def _admit(batch: PushBatch) -> None:
    """Last look before the call: follows, agrees, has quota left; the rest is skipped."""
    sql.execute(SKIP_REFUSED, batch=batch.id)
    budget.charge(batch)


def _is_enough(batch: PushBatch, *, lonely: DeliveryState) -> bool:
    """A lonely person goes back among the planned, or is skipped when nobody else is left."""
    if _people(batch) >= MASS_MIN:
        return True
    budget.release(batch)
    reason = "too_few" if lonely == DeliveryState.SKIPPED else None
    sql.execute(LEAVE, batch=batch.id, after=lonely, reason=reason)
    session.delete(batch)  # nobody is in it
    return False


def _insert(run: PushRun) -> PushBatch:
    at, token = clock.now(), codes.code(32)
    batch = PushBatch(
        run_id=run.id,
        account_id=runs.push_of(run).account_id,
        key=token,
        state=DeliveryState.CALLING,
        first_try_at=at,
        lease_until=at,
        lease_token=token,
        month=budget.present_month(),
    )
    session.add(batch)
    session.flush()  # the key is made of its id
    batch.key = _key(batch)
    return batch


def _key(batch: PushBatch) -> str:
    """At most 64 bytes; the same for every try, also after a restored backup."""
    digest = hashlib.sha256(f"push batch {batch.id} of run {batch.run_id}".encode()).digest()
    return base64.b32encode(digest).decode().rstrip("=")


def _lease(run: PushRun, batch: PushBatch) -> Claim:
    batch.state, batch.retry_at = DeliveryState.CALLING, None
    batch.attempts += 1
    batch.lease_token = codes.code(32)
    batch.lease_until = clock.now() + LEASE
    return Claim(
        brand_id=batch.brand_id,
        run_id=run.id,
        batch_id=batch.id,
        account_id=batch.account_id,
        key=batch.key,
        lease_token=batch.lease_token,
        text=run.text,
        openids=_openids(batch),
    )


def _openids(batch: PushBatch) -> list[str]:
    of_fan = (Fan.brand_id == Delivery.brand_id) & (Fan.id == Delivery.fan_id)
    statement = select(Fan.openid_encrypted).join(Delivery, of_fan)
    calling = statement.where(
        Delivery.batch_id == batch.id, Delivery.state == DeliveryState.CALLING
    )
    return [
        openids.opened(batch.brand_id, batch.account_id, sealed)
        for sealed in session.scalars(calling.order_by(Fan.id))
    ]


def _people(batch: PushBatch) -> int:
    statement = "SELECT count(*) FROM deliveries WHERE brand_id = :brand AND batch_id = :batch"
    found: int = sql.rows(statement + " AND state = 'calling'", batch=batch.id)[0][0]
    return found


def _left(run: PushRun, limit: int) -> int:
    found: int = sql.rows(LEFT, run=run.id, limit=limit)[0][0]
    return found


def _move(batch: PushBatch, before: DeliveryState, after: DeliveryState) -> int:
    return sql.execute(MOVE, batch=batch.id, before=before, after=after)


def may_begin(claim: Claim) -> bool:
    """A last look right before the call: not stopped, not paused, the lease still ours."""
    run = session.scalars(select(PushRun).filter_by(id=claim.run_id)).one()
    batch = session.scalars(select(PushBatch).filter_by(id=claim.batch_id)).one()
    is_on = run.state == RunState.SENDING and runs.push_of(run).state not in HELD
    return is_on and batch.lease_token == claim.lease_token and not claim.is_late()
