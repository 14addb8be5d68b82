"""Packs of coupons: sold at the till or given; whoever uses one has what lies in it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.core.db import session
from app.coupons.models import Coupon, CouponBatch
from app.coupons.refusals import Reason, refused
from app.coupons.service import contents, holding, issuing, revoking, steps, taking
from app.coupons.service.issuing import Ask


def packs_sold_as(skus: Collection[str]) -> dict[str, int]:
    """The batches of packs that are sold under these SKUs."""
    known = select(CouponBatch.pack_sku, CouponBatch.id).where(CouponBatch.pack_sku.in_(skus))
    return {sku: batch_id for sku, batch_id in session.execute(known) if sku is not None}


def open_pack(
    pack_batch_id: int, member_id: int, *, reference: str, order_id: int | None = None
) -> list[Coupon]:
    """She has bought a pack: what lies in it is hers. The same reference answers the first. All or
    nothing: raises Refused, and the caller's savepoint or transaction has to go with it."""
    ask = Ask(pack_batch_id, member_id, _reason(reference), by=steps.TILL)
    answer = issuing.issue_many([ask])[0]
    if answer.coupon_id is None:
        raise refused(answer.refusal or Reason.GONE)
    taking.redeem(answer.coupon_id, key=f"pack:{answer.coupon_id}", order_id=order_id)
    return contents.coupons_of(answer.coupon_id)


def _reason(reference: str) -> str:
    return f"sold:{reference}"[:48]


def take_back_pack(pack_batch_id: int, member_id: int, *, reference: str) -> int:
    """The sale was cancelled: what of it is not used is revoked; answers how many that were. Twice
    is once."""
    sold = select(Coupon.id).filter_by(
        batch_id=pack_batch_id, member_id=member_id, reason=_reason(reference)
    )
    pack_id = session.scalar(sold)
    given = [] if pack_id is None else contents.coupons_of(pack_id)
    return sum(_revoke(coupon.id) for coupon in sorted(given, key=lambda each: each.id))


def _revoke(coupon_id: int) -> bool:
    held = holding.hold(coupon_id)
    if held.coupon.revoked_at is not None or held.coupon.used >= held.coupon.uses:
        return False
    revoking.mark(held, steps.RULE)
    return True
