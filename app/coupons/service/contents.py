"""What lies in a pack: given when the pack is used, all of it or nothing."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import session
from app.coupons.models import Coupon, PackPart
from app.coupons.refusals import Reason, refused
from app.coupons.service import issuing
from app.coupons.service.issuing import Ask


def unpack(pack: Coupon, by: str) -> None:
    """Give her what lies in it. Raises Refused with the reason of the first that cannot be given;
    the caller's transaction or savepoint has to go with it."""
    answers = issuing.issue_many(_asks(pack, by))
    short = next((answer for answer in answers if answer.coupon_id is None), None)
    if short is not None:
        raise refused(short.refusal or Reason.GONE)


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
