"""What lies in a pack: given when the pack is used; what has run out is promised."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import session
from app.coupons.models import Coupon, PackPart
from app.coupons.refusals import Reason
from app.coupons.service import issuing, promises
from app.coupons.service.issuing import Ask


def unpack(pack: Coupon, by: str) -> None:
    """Give her what lies in it, and promise what cannot be given now: she has paid already."""
    asks = _asks(pack, by)
    answers = zip(asks, issuing.issue_many(asks), strict=True)
    short = [(ask, found.refusal or Reason.GONE) for ask, found in answers if not found.coupon_id]
    promises.promise(pack.id, short)


def _asks(pack: Coupon, by: str) -> list[Ask]:
    parts = select(PackPart).filter_by(pack_id=pack.batch_id).order_by(PackPart.batch_id)
    return [
        Ask(part.batch_id, pack.member_id, f"{prefix(pack.id)}{number}", by=by)
        for part in session.scalars(parts)
        for number in range(1, part.quantity + 1)
    ]


def prefix(pack_id: int) -> str:
    """How the reasons of a pack's coupons begin."""
    return f"pack:{pack_id}."


def coupons_of(pack_id: int) -> list[Coupon]:
    """What was given out of a pack."""
    given = select(Coupon).where(Coupon.reason.startswith(prefix(pack_id), autoescape=True))
    return list(session.scalars(given.order_by(Coupon.batch_id, Coupon.reason)))
