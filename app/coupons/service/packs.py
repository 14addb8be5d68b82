"""Packs of coupons: sold at the till or given, whose purchase gives what lies in them, all of it
or nothing."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.coupons.models import Coupon, CouponBatch, PackPart
from app.coupons.refusals import Reason, refused
from app.coupons.service import holding, issuing, revoking, steps, taking
from app.coupons.service.issuing import Ask


def packs_sold_as(skus: Collection[str]) -> dict[str, int]:
    """The batches of packs that are sold under these SKUs."""
    known = select(CouponBatch.pack_sku, CouponBatch.id).where(CouponBatch.pack_sku.in_(skus))
    return {sku: batch_id for sku, batch_id in session.execute(known) if sku is not None}


def open_pack(
    pack_id: int, member_id: int, *, reference: str, order_id: int | None = None
) -> list[Coupon]:
    """She has bought or got a pack: what lies in it is hers. The same reference answers the first.

    All or nothing: raises Refused with the reason of the first that cannot be given, and the
    caller's savepoint or transaction has to go with it.
    """
    pack = Ask(pack_id, member_id, f"pack:{reference}"[:48])
    asks = [pack, *_content(pack)]
    answers = issuing.issue_many(asks)
    short = next((answer for answer in answers if answer.coupon_id is None), None)
    if short is not None:
        raise refused(short.refusal or Reason.GONE)
    ids = [answer.coupon_id for answer in answers if answer.coupon_id is not None]
    if answers[0].is_new:
        taking.redeem(ids[0], key=_key(ids[0]), order_id=order_id)
    return [session.get_one(Coupon, (db.current_brand_id(), one)) for one in ids[1:]]


def _content(pack: Ask) -> list[Ask]:
    parts = select(PackPart).filter_by(pack_id=pack.batch_id).order_by(PackPart.batch_id)
    return [
        Ask(part.batch_id, pack.member_id, f"{pack.reason}.{number}"[:48])
        for part in session.scalars(parts)
        for number in range(1, part.quantity + 1)
    ]


def _key(coupon_id: int) -> str:
    return f"pack:{coupon_id}"


def take_back_pack(pack_id: int, member_id: int, *, reference: str) -> int:
    """The sale was cancelled: what of it is not used is revoked; answers how many that were. Twice
    is once."""
    pack = Ask(pack_id, member_id, f"pack:{reference}"[:48])
    names = {one.reason for one in _content(pack)}
    hers = select(Coupon.id).where(Coupon.member_id == member_id, Coupon.reason.in_(names))
    return sum(_revoke(coupon_id) for coupon_id in session.scalars(hers.order_by(Coupon.id)).all())


def _revoke(coupon_id: int) -> bool:
    held = holding.hold(coupon_id)
    if held.coupon.revoked_at is not None or held.coupon.used >= held.coupon.uses:
        return False
    revoking.mark(held, steps.RULE)
    return True
