"""What an order moves beside money: points and the tier, in the order's own transaction."""

from __future__ import annotations

from app.orders.models import Order, OrderReturn
from app.points import service as points


def earn(order: Order, part: str = "") -> int:
    """Points and growth of a new order; answers how many points it earned."""
    if order.member_id is None:
        return 0
    amount = points.points_for(order.paid_fen)
    points.earn(order.member_id, amount=amount, kind="order", reference=f"order:{order.id}{part}")
    return amount


def take_back(order: Order, row: OrderReturn) -> None:
    """The exact share of what the order earned."""


def take_all_back(order: Order, revision: int) -> None:
    """All that the order has earned: it earns anew, as it is from now on."""
