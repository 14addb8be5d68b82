"""What a guide redeemed by hand and the sale that the till tells by itself are one: whichever
comes later finds the other. docs/decisions/0025 says by what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, func, select

from app.benefits.models import Checkout, CheckoutState
from app.benefits.redeem.written import use_key
from app.brands import service as brands
from app.core import clock, db
from app.core.db import session
from app.core.errors import Conflict
from app.coupons import service as coupons
from app.orders import service as orders
from app.orders.models import Order, OrderState
from app.orders.service import TILL


class OthersReceipt(Conflict):
    code, title = "receipt_of_another", "这张小票是另一位会员的单，核对小票号，或留空"


class ReceiptReturned(Conflict):
    code, title = "receipt_returned", "这张小票已经退货或取消，核对小票号，或留空"


def wait(store_id: int, member_id: int | None) -> None:
    """For whoever else looks for a sale of hers in this store, until the transaction ends. Taken
    before the receipt, everywhere."""
    if member_id is not None:
        name = f"by-hand:{db.current_brand_id()}:{store_id}:{member_id}"
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def sale(store_id: int, member_id: int, fen: int, receipt_no: str | None) -> Order | None:
    """The sale that the till has told already: under the receipt's number, else today's of hers
    with this amount that nothing was redeemed on. Raises OthersReceipt, ReceiptReturned."""
    if receipt_no is None:
        return session.scalar(_alike_sales(store_id, member_id, fen).limit(1))
    order = orders.receipt(receipt_no)
    if order is None or order.store_id != store_id:
        return None
    if order.member_id not in (None, member_id):
        raise OthersReceipt()
    if order.state != OrderState.PAID:
        raise ReceiptReturned()
    return order


def _alike_sales(store_id: int, member_id: int, fen: int) -> Select[Order]:
    first, end = _day(clock.now())
    has_some = func.jsonb_array_length(Checkout.quote["applied"]) > 0
    redeemed = select(Checkout.id).where(
        Checkout.brand_id == Order.brand_id,
        Checkout.order_id == Order.id,
        Checkout.is_by_hand | has_some | (Checkout.points > 0),
    )
    hers = select(Order).filter_by(
        source=TILL, store_id=store_id, member_id=member_id, state=OrderState.PAID
    )
    amount = Order.paid_fen + Order.shipping_fen == fen
    today = hers.where(Order.paid_at >= first, Order.paid_at < end, amount, ~redeemed.exists())
    return today.order_by(Order.paid_at.desc(), Order.id)


def claim(order: Order) -> None:
    """The till has told this sale: what was redeemed by hand under its number belongs to it, else
    the nearest in time of the same member, store, day and amount."""
    for checkout in _named(order) or _nearest(order):
        join(checkout, order)


def _named(order: Order) -> list[Checkout]:
    wanted = _open(order).where(Checkout.receipt_no == order.order_no)
    if order.member_id is not None:
        wanted = wanted.where(Checkout.member_id == order.member_id)
    return list(session.scalars(wanted.order_by(Checkout.id)))


def _nearest(order: Order) -> list[Checkout]:
    """At most one, and none for a sale that nobody is known of or that has coupons of its own."""
    if order.member_id is None or _has_its_own(order):
        return []
    first, end = _day(order.paid_at)
    alike = _open(order).where(
        Checkout.receipt_no.is_(None),
        Checkout.member_id == order.member_id,
        Checkout.payable_fen == order.paid_fen + order.shipping_fen,
        Checkout.ended_at >= first,
        Checkout.ended_at < end,
    )
    apart = func.abs(func.extract("epoch", Checkout.ended_at - order.paid_at))
    return list(session.scalars(alike.order_by(apart, Checkout.id).limit(1)))


def _open(order: Order) -> Select[Checkout]:
    """Redeemed by hand in this store, and no sale is known of it yet."""
    waiting = select(Checkout).filter_by(
        store_id=order.store_id, is_by_hand=True, order_id=None, state=CheckoutState.SETTLED
    )
    return waiting.with_for_update().execution_options(populate_existing=True)


def _has_its_own(order: Order) -> bool:
    kept = session.scalars(select(Checkout).filter_by(order_id=order.id))
    return any(one.is_by_hand or one.points or one.quote["applied"] for one in kept)


def _day(at: datetime) -> tuple[datetime, datetime]:
    zone = brands.get(db.current_brand_id()).zoneinfo
    return clock.day_bounds(clock.business_day(at, zone), zone)


def join(checkout: Checkout, order: Order) -> None:
    """They are one from now on: what comes back of the sale finds its coupons and points."""
    checkout.order_id = order.id
    session.flush()
    for one in checkout.quote["applied"]:
        coupons.name_order(use_key(checkout, one["coupon_id"]), order.id)
