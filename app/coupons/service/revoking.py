"""Taking coupons away: one of hers, or all of a batch. What was put aside may still be paid."""

from __future__ import annotations

from app.core import audit, events
from app.core.db import session
from app.coupons.models import Step
from app.coupons.refusals import Reason, refused
from app.coupons.service import holding, steps


def revoke(coupon_id: int, *, by: str) -> None:
    """This coupon gives nothing more. Twice is once. A till that has put it aside may still settle;
    once it lets go, the coupon is gone. Raises Refused when it is used up."""
    held = holding.hold(coupon_id)
    if held.coupon.revoked_at is not None:
        return
    if held.coupon.used - held.coupon.held >= held.coupon.uses:
        raise refused(Reason.USED)
    mark(held, by)
    audit.record("coupon.revoked", actor=by, subject=f"coupon:{coupon_id}")


def mark(held: holding.Held, by: str) -> None:
    """Write it into the coupon, its history and her timeline."""
    coupon = held.coupon
    coupon.revoked_at = held.now
    session.flush()
    steps.keep([steps.Taken(coupon.id, Step.REVOKED, held.now, by, from_step=Step.ISSUED)])
    events.record("coupon.revoked", member_id=coupon.member_id, coupon_id=coupon.id)
