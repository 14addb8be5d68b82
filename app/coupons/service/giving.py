"""What a guide gives of her month's allowance, and takes back at once if it was a slip."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, tuple_, update

from app.brands import service as brands
from app.core import clock, db
from app.core.db import session
from app.coupons.models import CountScope, Coupon, CouponBatch, CouponCount, CouponStep, Step
from app.coupons.refusals import Reason, refused
from app.coupons.service import holding, issuing, making, revoking, steps, tallies
from app.coupons.service.holding import Held
from app.coupons.service.settling import UNDO_WINDOW

GIVEN = "guide:"  # how the reasons of what guides give begin


@dataclass(frozen=True)
class Allowance:
    """What a guide may still give of a batch this month."""

    batch: CouponBatch
    left: int

    @property
    def is_gone(self) -> bool:
        """Whether there is none to give, whoever asks."""
        return self.batch.issued >= self.batch.stock


def allowances(staff_id: int) -> list[Allowance]:
    """The batches that guides may give now, with what is left to this one, the newest first."""
    at, zone = clock.now(), brands.get(db.current_brand_id()).zoneinfo
    open_ones = select(CouponBatch).where(
        CouponBatch.per_guide_month.is_not(None),
        CouponBatch.stopped_at.is_(None),
        CouponBatch.revoked_at.is_(None),
    )
    batches = session.scalars(open_ones.order_by(CouponBatch.id.desc())).all()
    given = _given(staff_id, f"{clock.business_day(at, zone):%Y-%m}")
    return [
        Allowance(batch, max((batch.per_guide_month or 0) - given.get(batch.id, 0), 0))
        for batch in batches
        if issuing.window(batch, at, zone)[1] > at
    ]


def _given(staff_id: int, month: str) -> dict[int, int]:
    hers = select(CouponCount.batch_id, CouponCount.n).filter_by(
        scope=CountScope.GUIDE_MONTH, who_index=f"{staff_id}", period=month
    )
    return {row.batch_id: row.n for row in session.execute(hers)}


def gift(coupon_id: int, member_id: int, staff_id: int) -> Coupon | None:
    """The coupon that this guide gave her; None for any other."""
    coupon = db.get(Coupon, coupon_id)
    if coupon is None or coupon.member_id != member_id or not coupon.reason.startswith(GIVEN):
        return None
    gave = select(CouponStep.id).filter_by(
        coupon_id=coupon_id, to_step=Step.ISSUED, by=f"staff:{staff_id}"
    )
    return coupon if session.scalar(gave) is not None else None


def may_take_back(coupon: Coupon) -> bool:
    """Whether it is unused and was given within the last ten minutes."""
    is_young = clock.now() - coupon.issued_at <= UNDO_WINDOW
    return is_young and coupon.used == 0 and coupon.revoked_at is None


def take_back_gift(coupon_id: int, member_id: int, *, staff_id: int) -> None:
    """Within ten minutes and unused: it is hers no more, and counts on nobody's limit. Twice is
    once. Raises Refused."""
    if gift(coupon_id, member_id, staff_id) is None:
        raise refused(Reason.NO_COUPON)
    held = holding.hold(coupon_id)
    if held.coupon.revoked_at is not None:
        return
    if held.coupon.used:
        raise refused(Reason.USED)
    if not may_take_back(held.coupon):
        raise refused(Reason.TOO_LATE_TO_UNDO)
    revoking.mark(held, steps.staff_or(staff_id, steps.RULE))
    _uncount(held, staff_id)


def _uncount(held: Held, staff_id: int) -> None:
    """Whoever holds the batch counts for it."""
    batch, coupon = making.held_batch(held.batch.id), held.coupon
    zone = brands.get(db.current_brand_id()).zoneinfo
    day = clock.business_day(coupon.issued_at, zone)
    phone = tallies.phones([coupon.member_id]).get(coupon.member_id)
    limits = tallies.limits_of(batch, coupon.member_id, phone, staff_id, day)
    count = CouponCount
    place = tuple_(count.batch_id, count.scope, count.who_index, count.period)
    raised = place.in_([limit.place for limit in limits]) & (count.n > 0)
    ours = update(count).where(count.brand_id == db.current_brand_id(), raised)
    session.execute(ours.values(n=count.n - 1), execution_options={"synchronize_session": False})


__all__ = ["Allowance", "allowances", "gift", "may_take_back", "take_back_gift"]
