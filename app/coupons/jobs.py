"""The bulk queue's work: grants, longer days, what packs owe, and the histories of what was revoked
or has run out.

Nothing is right or wrong by it: a revoked batch is refused at once, and a reservation that has
run out is free at once. Each step is a transaction, safe to be killed in and to be taken again.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Select, select

from app.core import clock, db, queue, turns
from app.core.db import session
from app.coupons.models import Coupon, CouponBatch, Grant
from app.coupons.service import extending, grants, holding, promises, revoking

WORK_SECONDS = 20
AT_ONCE = 200

Found = tuple[int, int]


def work() -> None:
    """Give what was asked for, a step of each grant in turn, so that no brand waits for another."""
    until = time.monotonic() + WORK_SECONDS
    while time.monotonic() < until and _round():
        continue


def _round() -> bool:
    """Whether anything got on."""
    with db.system_transaction():
        given = _numbers(select(Grant.brand_id, Grant.id).where(Grant.state.in_(grants.OPEN)))
        revoked = _numbers(_half_revoked())
        owed = _numbers(promises.due())
        longer = _numbers(extending.unfinished())
    got_on = [
        *(_step(grants.step, *one) for one in given),
        *(_step(mark_revoked, *one) for one in revoked),
        *(_step(promises.keep, *one) for one in owed),
        *(_step(extending.step, *one) for one in longer),
    ]
    return any(got_on)


def _numbers(statement: Select[int, int]) -> list[Found]:
    return [(row[0], row[1]) for row in session.execute(statement)]


def _step(act: Callable[[int], bool], brand_id: int, number: int) -> bool:
    def take() -> bool:
        with db.transaction(brand_id):
            return act(number)

    return turns.step_or_log(f"coupons.{act.__name__}:{number}", take)


def _half_revoked() -> Select[int, int]:
    """Revoked batches with coupons whose history does not say so yet."""
    of_batch = (Coupon.brand_id == CouponBatch.brand_id) & (Coupon.batch_id == CouponBatch.id)
    unsaid = select(Coupon.id).where(of_batch, Coupon.revoked_at.is_(None), Coupon.held == 0)
    some = unsaid.where(Coupon.used < Coupon.uses).exists()
    wanted = select(CouponBatch.brand_id, CouponBatch.id)
    return wanted.where(CouponBatch.revoked_at.is_not(None), some)


def mark_revoked(batch_id: int) -> bool:
    """Say it in the histories of some of a revoked batch's coupons; what a till holds comes once it
    is settled or let go."""
    batch = session.get_one(CouponBatch, (db.current_brand_id(), batch_id))
    unsaid = (
        select(Coupon)
        .where(Coupon.batch_id == batch_id, Coupon.revoked_at.is_(None))
        .where(Coupon.held == 0, Coupon.used < Coupon.uses)
        .order_by(Coupon.id)
        .limit(AT_ONCE)
        .with_for_update(key_share=True, skip_locked=True)
    )
    now, found = clock.now(), session.scalars(unsaid).all()
    for coupon in found:
        revoking.mark(holding.Held(coupon, batch, now, now), "rule")
    return bool(found)


def tidy() -> None:
    """Let what has run out lapse in the histories too, and wake the queue for what is due."""
    now = clock.now()
    with db.system_transaction():
        overdue = select(Coupon.brand_id).where(Coupon.held_until <= now).distinct()
        brand_ids = session.scalars(overdue).all()
    for brand_id in brand_ids:
        with db.transaction(brand_id):
            holding.let_overdue_lapse(AT_ONCE)
    with db.system_transaction():
        given = select(Grant.brand_id, Grant.id).where(Grant.state.in_(grants.OPEN))
        waiting = (given, _half_revoked(), promises.due(), extending.unfinished())
        if any(session.execute(one.limit(1)).first() for one in waiting):
            queue.ring(queue.BULK)
