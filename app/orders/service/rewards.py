"""What an order moves beside money: points and the tier, in the order's own transaction.

Coupons are taken before points, everywhere: whoever wants both never waits for somebody who waits
for her.
"""

from __future__ import annotations

from sqlalchemy import select

from app.catalog.models import Product
from app.core.db import session
from app.orders.models import Order, OrderLine, OrderReturn
from app.points import service as points
from app.points.service import Line


def earn(order: Order, part: str = "") -> int:
    """Points and growth of an order, or of a part that a correction has added; answers how many
    points it earned."""
    member_id = order.member_id
    if member_id is None:
        return 0
    _count(member_id, order, part)
    return points.earn_for_order(
        member_id,
        order_id=order.id,
        paid_fen=order.paid_fen,
        at=order.paid_at,
        store_id=order.store_id,
        lines=_lines(order),
        part=part,
    )


def _count(member_id: int, order: Order, part: str) -> None:
    """Towards her tier; a higher one is hers at once."""
    if not part:
        points.note_purchase(
            member_id, order_id=order.id, paid_fen=order.paid_fen, at=order.paid_at
        )
        return
    points.note_correction(
        member_id,
        order_id=order.id,
        correction=part,
        paid_fen=order.paid_fen,
        at=order.paid_at,
    )


def _lines(order: Order) -> list[Line]:
    sold = (
        select(Product.sku, OrderLine.paid_fen, Product.category)
        .join(
            Product, (Product.brand_id == OrderLine.brand_id) & (Product.id == OrderLine.product_id)
        )
        .where(OrderLine.order_id == order.id)
        .order_by(OrderLine.line_no)
    )
    return [Line(sku, fen, category) for sku, fen, category in session.execute(sold)]


def take_back(order: Order, row: OrderReturn) -> None:
    """The exact share of what the order earned."""
    _claw_back(order, f"return:{row.id}", row.refund_fen)


def take_all_back(order: Order, revision: int) -> None:
    """All that the order has earned: it earns anew, as it is from now on."""
    _claw_back(order, f"correction:{revision}", order.paid_fen)


def take_the_rest_back(order: Order, key: str) -> None:
    """All that the order still stands for, beside what its returns have taken."""
    _claw_back(order, key, order.paid_fen - order.returned_fen)


def _claw_back(order: Order, key: str, fen: int) -> None:
    if order.member_id is not None:
        points.claw_back(
            order.member_id,
            order_id=order.id,
            refund_key=key,
            refunded_fen=fen,
            paid_fen=order.paid_fen,
        )
        points.note_refund(
            order.member_id,
            order_id=order.id,
            refund_key=key,
            refunded_fen=fen,
            paid_at=order.paid_at,
        )
