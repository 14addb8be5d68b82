"""Joining by an order: its number and what was paid say that she is the one who bought."""

from __future__ import annotations

from dataclasses import dataclass

from app.card.service.joining import DOOR, refuse_old_agreement
from app.card.service.sessions import Visitor
from app.core import db
from app.core.errors import NotFound
from app.members import service as members
from app.members.models import TwinReason
from app.orders import queries as orders
from app.points import queries as points

TRIES_OF_A_VISITOR, TRIES_AT_AN_ORDER = 5, 10  # in an hour


class NoSuchOrder(NotFound):
    """A wrong number, a wrong amount, an order of nobody: one answer for all of them."""

    code, title = "no_such_order", "没有找到这张小票，核对订单号和实付金额再试"


@dataclass(frozen=True)
class OrderWish:
    """What she read from her receipt."""

    order_no: str
    paid_fen: int
    agreed: bool
    marketing: bool
    agreement: str


@dataclass(frozen=True)
class Bound:
    """Whose card it is now."""

    returning: bool
    points: int


def bind(visitor: Visitor, wish: OrderWish) -> Bound:
    """Make this WeChat that of the member who bought.

    Raises NoSuchOrder; TooManyTries after five in an hour, or ten at one order; OtherMember when
    the member has a WeChat already, or this WeChat is a member's: then a person is asked.
    """
    refuse_old_agreement(visitor.brand_id, wish.agreement)
    with db.transaction(brand_id=visitor.brand_id):
        members.count_try(f"order:fan:{visitor.fan_id}", most=TRIES_OF_A_VISITOR)
    with db.transaction(brand_id=visitor.brand_id):
        members.count_try(f"order:no:{wish.order_no}", most=TRIES_AT_AN_ORDER)
    try:
        with db.transaction(brand_id=visitor.brand_id):
            return _bind(visitor, wish)
    except members.OtherMember as found:
        with db.transaction(brand_id=visitor.brand_id):
            members.suspect(*found.twins, TwinReason.ORDER)
        raise


def _bind(visitor: Visitor, wish: OrderWish) -> Bound:
    member_id = orders.buyer(wish.order_no, wish.paid_fen)
    if member_id is None:
        raise NoSuchOrder()
    done = members.claim(
        fan_id=visitor.fan_id,
        member_id=member_id,
        agreed=wish.agreed,
        marketing=wish.marketing,
        door=DOOR,
    )
    return Bound(True, points.balance(done.member.id))
