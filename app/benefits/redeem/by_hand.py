"""A guide redeems on her phone: the till takes the money and tells the order later by itself, so
coupons and points are used at once, and for ten minutes the guide can take it back."""

from __future__ import annotations

from datetime import timedelta

from app.benefits.models import Checkout, CheckoutState
from app.benefits.redeem import checkouts
from app.benefits.redeem.checkouts import NoCheckout
from app.benefits.redeem.pricing import Asked
from app.benefits.redeem.refunding import use_key
from app.core import clock
from app.core.errors import Conflict
from app.coupons import service as coupons
from app.points import service as points

UNDO_WINDOW = timedelta(minutes=10)


class TooLateToTakeBack(Conflict):
    code, title = "too_late_to_take_back", "过了 10 分钟，不能撤回了；要退请在收银退货"


def use(
    asked: Asked, *, key: str, payable_fen: int, opened_by: str, staff_id: int | None
) -> Checkout:
    """Use what this price promises, now. The same key again answers the first time.

    Raises as `reserve`."""
    checkout = checkouts.reserve(
        asked, key=key, payable_fen=payable_fen, opened_by=opened_by, staff_id=staff_id
    )
    if checkout.state != CheckoutState.RESERVED:
        return checkout
    for coupon_id, _ in checkouts.applied(checkout):
        coupons.settle(use_key(checkout, coupon_id))
    if checkout.points:
        points.settle_hold(checkouts.points_key(checkout), order_id=None)
    checkouts.end(checkout, CheckoutState.SETTLED)
    return checkout


def take_back(store_id: int, key: str) -> Checkout:
    """Within ten minutes: coupons and points are hers again. Twice is once.

    Raises NoCheckout, TooLateToTakeBack."""
    checkout = checkouts.locked(store_id, key)
    if checkout.state == CheckoutState.VOIDED:
        return checkout
    if checkout.state != CheckoutState.SETTLED or checkout.order_id is not None:
        raise NoCheckout()
    if clock.now() - (checkout.ended_at or checkout.reserved_at) > UNDO_WINDOW:
        raise TooLateToTakeBack()
    for coupon_id, _ in checkouts.applied(checkout):
        coupons.give_back(use_key(checkout, coupon_id), reason="undone")
    if checkout.points:
        key = checkouts.points_key(checkout)
        points.give_back_spent(key, refund_key=f"undone:{checkout.id}", amount=checkout.points)
    checkouts.end(checkout, CheckoutState.VOIDED)
    return checkout
