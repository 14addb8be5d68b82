"""Getting a coupon by the code of a link or a poster, or by a printed one that works once."""

from __future__ import annotations

from dataclasses import dataclass

from app.brands import service as brands
from app.card.service import shown, wallet
from app.card.service.profile import NotAMember
from app.card.service.sessions import Visitor, fan_of
from app.core import db
from app.coupons import service as coupons
from app.coupons.refusals import SHOPPER
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
    _count(visitor)
    with db.transaction(visitor.brand_id):
        return Claimed(coupons.claim_code(code, member_id).id)


def offer(visitor: Visitor, code: str) -> dict[str, object]:
    """What this code gives, before she takes it; whoever has no card yet may look.

    Raises Refused for a code that nobody knows, TooManyTries for many of them.
    """
    with db.transaction(visitor.brand_id):
        is_link = coupons.batch_of_link(code) is not None
    if not is_link:
        _count(visitor)
    with db.transaction(visitor.brand_id):
        fan, brand = fan_of(visitor), brands.get(visitor.brand_id)
        found = coupons.offer(code, fan.member_id)
        return {
            "brand": shown.dressed(brand),
            "is_member": fan.member_id is not None,
            "is_hers": found.coupon is not None,
            "why": SHOPPER[found.refusal] if found.refusal else "",
            "coupon": wallet.offered(found, brand),
        }


def _count(visitor: Visitor) -> None:
    with db.transaction(visitor.brand_id):
        members.count_try(f"coupon:fan:{visitor.fan_id}", most=TRIES_OF_A_VISITOR)


def _asked(visitor: Visitor, code: str) -> tuple[int, int | None]:
    """Who asks, and which batch's link it is; None for a printed code."""
    with db.transaction(visitor.brand_id):
        member_id = fan_of(visitor).member_id
        if member_id is None:
            raise NotAMember()
        batch = coupons.batch_of_link(code)
        return member_id, None if batch is None else batch.id
