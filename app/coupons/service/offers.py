"""What a code would give her, looked at before she takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.brands import service as brands
from app.core import clock, db
from app.coupons.models import Coupon, CouponBatch
from app.coupons.refusals import Reason, refused
from app.coupons.service import claims, codes, issuing
from app.coupons.service.issuing import Answer, Ask


@dataclass(frozen=True)
class Offer:
    """A coupon that lies ready. `coupon` is hers once she has it; else `until` is how long it
    would work if she took it now, and `refusal` why she would get none."""

    batch: CouponBatch
    until: datetime
    coupon: Coupon | None
    refusal: Reason | None


def offer(code: str, member_id: int | None) -> Offer:
    """What the code of a link, a poster or a print gives her; somebody without a card may look.

    Raises Refused for a code that nobody knows.
    """
    batch = claims.batch_of_link(code)
    if batch is not None:
        return _offer(batch, issuing.foresee(claims.own(batch.id, member_id or 0)), member_id)
    found = codes.printed(code)
    batch = db.get(CouponBatch, found.batch_id) if found else None
    if found is None or batch is None:
        raise refused(Reason.CODE_UNKNOWN)
    if found.coupon_id is not None:
        return _taken(batch, found.coupon_id, member_id)
    ask = Ask(batch.id, member_id or 0, codes.reason_of(found))
    return _offer(batch, issuing.foresee(ask), member_id)


def _offer(batch: CouponBatch, answer: Answer, member_id: int | None) -> Offer:
    coupon = db.get(Coupon, answer.coupon_id) if answer.coupon_id else None
    if coupon is not None:
        return Offer(batch, coupon.valid_until, coupon, None)
    zone = brands.get(db.current_brand_id()).zoneinfo
    until = issuing.window(batch, clock.now(), zone)[1]
    is_told = member_id is not None or answer.refusal is not Reason.NO_PHONE
    return Offer(batch, until, None, answer.refusal if is_told else None)


def _taken(batch: CouponBatch, coupon_id: int, member_id: int | None) -> Offer:
    coupon = db.get(Coupon, coupon_id)
    if coupon is None or coupon.member_id != member_id:
        return _offer(batch, Answer(None, Reason.CODE_TAKEN), member_id)
    return Offer(batch, coupon.valid_until, coupon, None)
