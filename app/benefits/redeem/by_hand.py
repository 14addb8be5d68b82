"""A guide redeems on her phone: the till takes the money and tells the order later by itself, so
coupons and points are used at once, and for ten minutes the guide can take it back."""

from __future__ import annotations

from datetime import timedelta

from app.benefits.models import Checkout, CheckoutState
from app.benefits.redeem import checkouts, matching
from app.benefits.redeem.checkouts import NoCheckout
from app.benefits.redeem.pricing import Asked
from app.benefits.redeem.written import use_key
from app.core import clock, db
from app.core.errors import Conflict
from app.coupons import service as coupons
from app.orders.models import Order, OrderState
from app.points import service as points

UNDO_WINDOW = timedelta(minutes=10)


class TooLateToTakeBack(Conflict):
    code, title = "too_late_to_take_back", "过了 10 分钟，不能撤回了；要退请在收银退货"


class SaleReturned(Conflict):
    code, title = "sale_returned", "这一单收银已经退货，券和积分已随退货处理，不用再撤回"


def use(
    asked: Asked,
    *,
    key: str,
    payable_fen: int,
    opened_by: str,
    staff_id: int | None,
    receipt_no: str | None = None,
) -> Checkout:
    """Use what this price promises, now, on the sale of this receipt if its number is known. The
    same key again answers the first time.

    Raises as `reserve`, OthersReceipt, ReceiptReturned."""
    checkouts.wait(asked.store_id, key)
    is_first = checkouts.find(asked.store_id, key) is None
    if is_first:
        matching.wait(asked.store_id, asked.member_id)
        sale = matching.sale(asked.store_id, asked.member_id, payable_fen, receipt_no)
    checkout = checkouts.reserve(
        asked, key=key, payable_fen=payable_fen, opened_by=opened_by, staff_id=staff_id
    )
    if is_first:
        checkout.is_by_hand, checkout.receipt_no = True, receipt_no
        _settle(checkout)
        if sale is not None:
            matching.join(checkout, sale)
    return checkout


def _settle(checkout: Checkout) -> None:
    for coupon_id, _ in checkouts.applied(checkout):
        coupons.settle(use_key(checkout, coupon_id))
    if checkout.points:
        points.settle_hold(checkouts.points_key(checkout), order_id=None)
    checkouts.end(checkout, CheckoutState.SETTLED)


def take_back(store_id: int, key: str) -> Checkout:
    """Within ten minutes: coupons and points are hers again. Twice is once.

    Raises NoCheckout, TooLateToTakeBack, SaleReturned once the till has taken it back."""
    checkout = checkouts.locked(store_id, key)
    if checkout.state == CheckoutState.VOIDED:
        return checkout
    if checkout.state != CheckoutState.SETTLED or not checkout.is_by_hand:
        raise NoCheckout()
    order = db.get(Order, checkout.order_id) if checkout.order_id else None
    if order is not None and order.state != OrderState.PAID:
        raise SaleReturned()
    if clock.now() - (checkout.ended_at or checkout.reserved_at) > UNDO_WINDOW:
        raise TooLateToTakeBack()
    for coupon_id, _ in checkouts.applied(checkout):
        coupons.give_back(use_key(checkout, coupon_id), reason="undone")
    if checkout.points:
        key = checkouts.points_key(checkout)
        points.give_back_spent(key, refund_key=f"undone:{checkout.id}", amount=checkout.points)
    checkouts.end(checkout, CheckoutState.VOIDED)
    return checkout
