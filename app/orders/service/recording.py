"""A sale is written down once, with what it pays out in points, and with returns that waited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import insert, select

from app.catalog import service as catalog
from app.core import clock, events
from app.core.db import session
from app.core.errors import BadInput
from app.orders.models import Order, OrderLine, OrderPayment
from app.orders.service import locks, returning, rewards
from app.orders.service.returning import Refund, Returned, nothing
from app.orders.service.told import Told, ToldLine

ORIGIN = "till"
Hook = Callable[[Order], None]


class OtherOrder(BadInput):
    code = "order_differs"
    title = "这个订单号已报过，内容不一样；要改请用更正，新单请换号"


@dataclass(frozen=True)
class Recorded:
    """The order; whether it was new; what waited for it and has been applied."""

    order: Order
    is_new: bool
    points_earned: int = 0
    returns: list[Returned] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)  # SKUs that no master lists


def record(told: Told, *, first: Hook = nothing, refund: Refund = nothing) -> Recorded:
    """Write the order, its points and its tier, and apply returns that came before it. `first` is
    done to the new order before points move, `refund` to each return: coupons are taken before
    points everywhere, so that two who want both never wait for each other.

    The same order again answers the first. Raises OtherOrder when the number stands for another
    one, Unbalanced when the payments do not add up.
    """
    told.refuse_unbalanced()
    known = locks.take(told.source, told.order_no)
    if known is not None:
        return _known(known, told)
    order = _add(told)
    strangers = write_lines(order, told.lines)
    write_payments(order, told)
    first(order)
    earned = rewards.earn(order)
    _tell(order)
    waited = returning.apply_waiting(order, refund)
    return Recorded(order, True, earned, waited, strangers)


def _known(order: Order, told: Told) -> Recorded:
    """An imported order has no digest: then store, amount and lines must be the same."""
    is_same = order.digest == told.digest if order.digest else _looks_like(order, told)
    if not is_same:
        wrong = _differences(order, told) or ["lines"]
        raise OtherOrder(fields={"json": {name: [OtherOrder.title] for name in wrong}})
    return Recorded(order, is_new=False)


def _looks_like(order: Order, told: Told) -> bool:
    lines = select(OrderLine.line_no, OrderLine.paid_fen, OrderLine.quantity)
    stored = session.execute(lines.filter_by(order_id=order.id).order_by(OrderLine.line_no))
    asked = sorted((line.line_no, line.paid_fen, line.quantity) for line in told.lines)
    return not _differences(order, told) and [tuple(row) for row in stored] == asked


def _differences(order: Order, told: Told) -> list[str]:
    names = ("store_id", "paid_at", "paid_fen")
    differ = {name for name in names if getattr(order, name) != getattr(told, name)}
    called = {"store_id": "store", "paid_at": "at", "paid_fen": "lines"}
    return sorted(called[name] for name in differ)


def _add(told: Told) -> Order:
    order = Order(
        source=told.source,
        order_no=told.order_no,
        member_id=told.member_id,
        store_id=told.store_id,
        staff_id=told.staff_id,
        paid_at=told.paid_at,
        origin=ORIGIN,
        **totals(told),
        digest=told.digest,
        recorded_at=clock.now(),
    )
    session.add(order)
    session.flush()
    return order


def totals(told: Told) -> dict[str, int]:
    """What the lines add up to."""
    return {
        "paid_fen": told.paid_fen,
        "list_fen": sum(line.list_fen for line in told.lines),
        "coupon_fen": sum(line.coupon_fen for line in told.lines),
        "points_fen": sum(line.points_fen for line in told.lines),
        "points": told.points,
        "shipping_fen": told.shipping_fen,
    }


def write_lines(order: Order, lines: tuple[ToldLine, ...]) -> list[str]:
    """Answers the SKUs that no master lists: they are taken, and shown to headquarters."""
    products = catalog.take_in({line.sku for line in lines})
    rows = [
        {
            "brand_id": order.brand_id,
            "order_id": order.id,
            "line_no": line.line_no,
            "product_id": products[line.sku].id,
            "quantity": line.quantity,
            "paid_fen": line.paid_fen,
            "list_fen": line.list_fen,
            "retail_discount_fen": line.retail_discount_fen,
            "coupon_fen": line.coupon_fen,
            "points_fen": line.points_fen,
        }
        for line in lines
    ]
    session.execute(insert(OrderLine), rows)
    return sorted(sku for sku, product in products.items() if not product.is_listed)


def write_payments(order: Order, told: Told) -> None:
    """How it was paid, in the order in which it was told."""
    rows = [
        {
            "brand_id": order.brand_id,
            "order_id": order.id,
            "number": number,
            "method": payment.method,
            "fen": payment.fen,
        }
        for number, payment in enumerate(told.payments, start=1)
    ]
    if rows:
        session.execute(insert(OrderPayment), rows)


def _tell(order: Order) -> None:
    events.record(
        "order.paid",
        member_id=order.member_id,
        at=order.paid_at,
        dedupe_key=f"order.paid:{order.id}",
        order_id=order.id,
        store_id=order.store_id,
        paid_fen=order.paid_fen,
    )
