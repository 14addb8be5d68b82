"""What comes back takes its share of coupons and points along.

A sale that comes back whole, in one go, gives its coupons back: they work again while they last.
Of a part each coupon counts as given by so much less, and stays used.
"""

from __future__ import annotations

from sqlalchemy import func, select

from app.benefits.models import Checkout
from app.benefits.redeem.written import Written
from app.core.db import session
from app.coupons import service as coupons
from app.orders import service as orders
from app.orders.models import Order, OrderLine
from app.orders.service import Recorded, Returned, Taken, Told, ToldReturn
from app.points import service as points


def record(told: Told) -> Recorded:
    """As `orders.record`; returns that waited for it also give their coupons and points back."""
    return orders.record(told, refund=take_refunds)


def bring_back(told: ToldReturn) -> Returned:
    """As `orders.bring_back`, with the coupons and points of the sale."""
    return orders.bring_back(told, refund=take_refunds)


def take_refunds(done: Returned) -> None:
    """The share of each coupon and of the points spent goes back with these goods."""
    if done.order is None:
        return
    checkout = session.scalar(select(Checkout).filter_by(order_id=done.order.id))
    if checkout is None:
        return
    is_whole = _is_whole(done.order, done.taken)
    for one in sorted(checkout.quote["applied"], key=lambda one: one["coupon_id"]):
        _refund_coupon(checkout, one, done, is_whole=is_whole)
    _refund_points(checkout, done.order, done)


def _is_whole(order: Order, taken: list[Taken]) -> bool:
    """Whether all that was ever sold came back just now."""
    sold = select(func.sum(OrderLine.quantity)).where(OrderLine.order_id == order.id)
    return session.scalar(sold) == sum(each.after - each.before for each in taken)


def _refund_coupon(checkout: Checkout, one: Written, done: Returned, *, is_whole: bool) -> None:
    key = use_key(checkout, one["coupon_id"])
    if is_whole:
        coupons.give_back(key, reason=done.row.kind)
        return
    taken = {each.line_no: each for each in done.taken}
    shares = [(taken.get(share["line_no"]), share["fen"]) for share in one["shares"]]
    fen = sum(each.share(amount) for each, amount in shares if each is not None)
    if fen:
        coupons.refund_part(key, refund_key=f"return:{done.row.id}", fen=fen)


def _refund_points(checkout: Checkout, order: Order, done: Returned) -> None:
    """As many as stand for the money that comes back, so that all of them are back with the
    last unit."""
    whole = order.points_fen
    if not checkout.points or not whole:
        return
    before, after = _points_fen(order, done.taken)
    amount = checkout.points * after // whole - checkout.points * before // whole
    if amount:
        key = f"checkout:{checkout.id}"
        points.give_back_spent(key, refund_key=f"return:{done.row.id}", amount=amount)


def _points_fen(order: Order, taken: list[Taken]) -> tuple[int, int]:
    """What points had paid for all that came back: before this return, and with it."""
    lines = {each.line_no: each for each in taken}
    before = after = 0
    for line in session.scalars(select(OrderLine).filter_by(order_id=order.id)):
        now = lines.get(line.line_no)
        came = line.points_fen * line.returned_quantity // line.quantity if line.quantity else 0
        after += came
        before += line.points_fen * now.before // now.sold if now else came
    return before, after


def use_key(checkout: Checkout, coupon_id: int) -> str:
    """Under which a coupon's use in this checkout is known."""
    return f"checkout:{checkout.id}:{coupon_id}"
