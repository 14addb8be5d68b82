"""What comes back takes its share of coupons and points along.

A sale that comes back whole, in one go, gives its coupons back: they work again while they last.
Of a part each coupon counts as given by so much less, and stays used. What a guide redeemed by
hand knows no lines of the till: its share goes by what the goods that come back are worth.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import func, select

from app.benefits.models import Checkout
from app.benefits.redeem import matching
from app.benefits.redeem.written import Written, use_key
from app.core.db import session
from app.coupons import service as coupons
from app.orders import service as orders
from app.orders.models import Order, OrderLine
from app.orders.service import Recorded, Returned, Taken, Told, ToldReturn
from app.points import service as points


def record(told: Told) -> Recorded:
    """As `orders.record`; what a guide redeemed by hand finds its sale, and returns that waited
    for it also give their coupons and points back."""
    matching.wait(told.store_id, told.member_id)
    return orders.record(told, first=matching.claim, refund=take_refunds)


def correct(told: Told, *, revision: int) -> Recorded:
    """As `orders.correct`; with its right member and amount it may find what was redeemed."""
    matching.wait(told.store_id, told.member_id)
    done = orders.correct(told, revision=revision)
    if done.is_new:
        matching.claim(done.order)
    return done


def bring_back(told: ToldReturn) -> Returned:
    """As `orders.bring_back`, with the coupons and points of the sale."""
    return orders.bring_back(told, refund=take_refunds)


def take_refunds(done: Returned) -> None:
    """The share of each coupon and of the points spent goes back with these goods."""
    if done.order is None:
        return
    is_whole = _is_whole(done.order, done.taken)
    told = select(Checkout).filter_by(order_id=done.order.id).order_by(Checkout.id)
    for checkout in session.scalars(told.filter_by(is_by_hand=False)).all():
        _refund(checkout, done.order, done, is_whole=is_whole)
    fresh = told.filter_by(is_by_hand=True).execution_options(populate_existing=True)
    for checkout in session.scalars(fresh.with_for_update()).all():
        _refund_by_hand(checkout, done.order, done, is_whole=is_whole)


def _refund(checkout: Checkout, order: Order, done: Returned, *, is_whole: bool) -> None:
    for one in sorted(checkout.quote["applied"], key=lambda one: one["coupon_id"]):
        _refund_coupon(checkout, one, done, is_whole=is_whole)
    _refund_points(checkout, order, done)


def _is_whole(order: Order, taken: list[Taken]) -> bool:
    """Whether all that was ever sold came back just now."""
    sold = select(func.sum(OrderLine.quantity)).where(OrderLine.order_id == order.id)
    return session.scalar(sold) == sum(each.after - each.before for each in taken)


def _refund_coupon(checkout: Checkout, one: Written, done: Returned, *, is_whole: bool) -> None:
    key = use_key(checkout, one["coupon_id"])
    if not coupons.stands(key):  # lost to another till: nothing of it is left to give back
        return
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


# Redeemed by hand


def _refund_by_hand(checkout: Checkout, order: Order, done: Returned, *, is_whole: bool) -> None:
    """The guide typed sums and not the till's lines."""
    worth = _worth(order, done.taken)
    for one in sorted(checkout.quote["applied"], key=lambda one: one["coupon_id"]):
        key = use_key(checkout, one["coupon_id"])
        if not coupons.stands(key):
            continue
        if is_whole:
            coupons.give_back(key, reason=done.row.kind)
        elif fen := worth.share(one["off_fen"] + one["shipping_off_fen"]):
            coupons.refund_part(key, refund_key=f"return:{done.row.id}", fen=fen)
    if checkout.points and (amount := worth.share(checkout.points)):
        key = f"checkout:{checkout.id}"
        points.give_back_spent(key, refund_key=f"return:{done.row.id}", amount=amount)


class _Worth(NamedTuple):
    """What all that came back is worth: before this return, with it, and the whole sale."""

    before: int
    after: int
    whole: int

    def share(self, amount: int) -> int:
        """The part that goes back now; all parts add up to the amount when all units are back."""
        return amount * self.after // self.whole - amount * self.before // self.whole


def _worth(order: Order, taken: list[Taken]) -> _Worth:
    """By the list price of the units; by the units of a sale that lists no price."""
    now = {each.line_no: each.before for each in taken}
    lines = session.scalars(select(OrderLine).filter_by(order_id=order.id)).all()
    by_price = sum(line.list_fen for line in lines) > 0
    before = after = whole = 0
    for line in lines:
        each = line.list_fen if by_price else line.quantity
        whole += each
        after += each * line.returned_quantity // line.quantity if line.quantity else 0
        came = now.get(line.line_no, line.returned_quantity)
        before += each * came // line.quantity if line.quantity else 0
    return _Worth(before, after, max(whole, 1))
