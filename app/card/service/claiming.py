"""Getting a coupon by the code of a link or a poster, or by a printed one that works once."""

from __future__ import annotations

from dataclasses import dataclass

from app.card.service.profile import NotAMember
from app.card.service.sessions import Visitor, fan_of
from app.core import db
from app.coupons import service as coupons
from app.members import service as members

TRIES_OF_A_VISITOR = 20  # codes that nobody knows, in an hour


@dataclass(frozen=True)
class Claimed:
    """What she has now."""

    coupon_id: int


def claim(visitor: Visitor, code: str) -> Claimed:
    """Her coupon for this code; the same code again answers the same coupon. Many who claim one
    batch at once are decided and committed together. Raises NotAMember, Refused, TooManyTries."""
    member_id, batch_id = _asked(visitor, code)
    if batch_id is not None:
        return Claimed(coupons.claim_together(visitor.brand_id, batch_id, member_id))
    with db.transaction(visitor.brand_id):
        members.count_try(f"coupon:fan:{visitor.fan_id}", most=TRIES_OF_A_VISITOR)
    with db.transaction(visitor.brand_id):
        return Claimed(coupons.claim_code(code, member_id).id)


def _asked(visitor: Visitor, code: str) -> tuple[int, int | None]:
    """Who asks, and which batch's link it is; None for a printed code."""
    with db.transaction(visitor.brand_id):
        member_id = fan_of(visitor).member_id
        if member_id is None:
            raise NotAMember()
        batch = coupons.batch_of_link(code)
        return member_id, None if batch is None else batch.id
