"""Reserve, then settle or void: a till's two steps, each of which may be said twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.benefits.models import Checkout, CheckoutState
from app.benefits.redeem import matching
from app.benefits.redeem.pricing import Asked, Priced, price
from app.benefits.redeem.refunding import bring_back, take_refunds
from app.benefits.redeem.written import told_lines, use_key, written
from app.core import clock, db, events
from app.core.db import session
from app.core.errors import BadInput, Conflict, NotFound
from app.coupons import service as coupons
from app.orders import service as orders
from app.orders.models import Order, ReturnKind
from app.orders.service import Payment, Recorded, Returned, Told, ToldReturn
from app.points import service as points

HELD_FOR = timedelta(minutes=30)


class NoCheckout(NotFound):
    code, title = "no_checkout", "没有这一单，或不在你的门店"


class PriceChanged(Conflict):
    code, title = "price_changed", "应收和刚才报的不一样，按新的应收再收一次"


class OtherCheckout(BadInput):
    code, title = "checkout_differs", "这个单号已用于另一篮商品或另一个金额，换一个单号"


class CheckoutEnded(Conflict):
    code, title = "checkout_ended", "这一单已经取消，重新算价再收"


class CheckoutPaid(Conflict):
    code, title = "checkout_paid", "这一单已经收款，要撤请退货或取消订单"


@dataclass(frozen=True)
class Paid:
    """How a promised basket was paid, and under which receipt."""

    order_no: str
    at: datetime
    payments: tuple[Payment, ...] = ()
    staff_id: int | None = None


@dataclass(frozen=True)
class Settled:
    """The checkout with its order."""

    checkout: Checkout
    order: Order
    points_earned: int = 0


def reserve(
    asked: Asked, *, key: str, payable_fen: int, opened_by: str, staff_id: int | None = None
) -> Checkout:
    """Promise this price for half an hour: its coupons and points are nobody else's until then.
    The same key again answers the first promise.

    Raises PriceChanged with the new quote when the price is not the one that was shown,
    OtherCheckout when the key stands for another basket, coupons.Refused, TooFewPoints.
    """
    wait(asked.store_id, key)  # before pricing: the first promise has taken its coupons
    known = find(asked.store_id, key)
    if known is not None:
        return _same(known, f"{asked.digest}:{payable_fen}")
    at = clock.now()
    priced = price(asked, at)
    if priced.quote.payable_fen != payable_fen:
        raise PriceChanged(quote=written(priced))
    checkout = _promise(priced, key=key, opened_by=opened_by, staff_id=staff_id, at=at)
    session.add(checkout)
    session.flush()
    _hold(checkout)
    return checkout


def _promise(
    priced: Priced, *, key: str, opened_by: str, staff_id: int | None, at: datetime
) -> Checkout:
    asked, quote = priced.asked, priced.quote
    return Checkout(
        store_id=asked.store_id,
        key=key,
        member_id=asked.member_id,
        staff_id=staff_id,
        opened_by=opened_by,
        state=CheckoutState.RESERVED,
        digest=digest_of(f"{asked.digest}:{quote.payable_fen}"),
        quote=written(priced),
        payable_fen=quote.payable_fen,
        points=quote.points,
        reserved_at=at,
        until=at + HELD_FOR,
    )


def keep(checkout: Checkout) -> bool:
    """Write a new checkout; False when its key is taken."""
    wait(checkout.store_id, checkout.key)
    if find(checkout.store_id, checkout.key) is not None:
        return False
    session.add(checkout)
    session.flush()
    return True


def wait(store_id: int, key: str) -> None:
    """For whoever works under this key, until the transaction ends."""
    name = f"checkout:{db.current_brand_id()}:{store_id}:{key}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _hold(checkout: Checkout) -> None:
    for coupon_id, fen in applied(checkout):
        coupons.reserve(
            coupon_id,
            key=use_key(checkout, coupon_id),
            discount_fen=fen,
            store_id=checkout.store_id,
            staff_id=checkout.staff_id,
            until=checkout.until,
            order_ref=checkout.key,
        )
    if checkout.points and checkout.member_id is not None:
        points.hold(
            checkout.member_id,
            amount=checkout.points,
            key=points_key(checkout),
            until=checkout.until,
        )


def settle(store_id: int, key: str, paid: Paid) -> Settled:
    """It is paid: the order stands, the coupons are used, the points spent and earned. A payment
    after the half hour counts as long as everything is still free. Twice is once.

    Raises NoCheckout, CheckoutEnded, Unbalanced, OtherOrder, coupons.Refused, TooFewPoints.
    """
    checkout = locked(store_id, key)
    if checkout.state == CheckoutState.VOIDED:
        raise CheckoutEnded()
    if checkout.state == CheckoutState.SETTLED:
        return _settled_before(checkout, orders.record(_told(checkout, paid)))
    recorded = orders.record(
        _told(checkout, paid), first=lambda order: _use(checkout, order), refund=take_refunds
    )
    if not recorded.is_new:
        raise orders.OtherOrder(fields={"json": {"order_no": [orders.OtherOrder.title]}})
    return Settled(checkout, recorded.order, recorded.points_earned)


def _use(checkout: Checkout, order: Order) -> None:
    for coupon_id, _ in applied(checkout):
        coupons.settle(use_key(checkout, coupon_id), order_id=order.id)
    if checkout.points:
        points.settle_hold(points_key(checkout), order_id=order.id)
    end(checkout, CheckoutState.SETTLED, order.id)
    matching.claim(order)


def _settled_before(checkout: Checkout, recorded: Recorded) -> Settled:
    if checkout.order_id != recorded.order.id:
        raise OtherCheckout(fields={"json": {"order_no": [OtherCheckout.title]}})
    return Settled(checkout, recorded.order, recorded.points_earned)


def _told(checkout: Checkout, paid: Paid) -> Told:
    quote = checkout.quote
    return Told(
        order_no=paid.order_no,
        store_id=checkout.store_id,
        paid_at=paid.at,
        lines=told_lines(quote),
        payments=paid.payments,
        member_id=checkout.member_id,
        staff_id=paid.staff_id or checkout.staff_id,
        shipping_fen=quote["shipping_fen"] - quote["shipping_off_fen"],
        points=quote["points"],
    )


def void(store_id: int, key: str) -> Checkout:
    """She does not buy: coupons and points are hers again. Twice is once.

    Raises NoCheckout, CheckoutPaid once it is settled: then the order is cancelled.
    """
    checkout = locked(store_id, key)
    if checkout.state == CheckoutState.SETTLED:
        raise CheckoutPaid()
    if checkout.state == CheckoutState.VOIDED:
        return checkout
    for coupon_id, _ in applied(checkout):
        coupons.void(use_key(checkout, coupon_id))
    if checkout.points:
        points.release_hold(points_key(checkout))
    end(checkout, CheckoutState.VOIDED)
    return checkout


def cancel(store_id: int, key: str) -> Returned:
    """What was settled is taken back as a whole. Raises NoCheckout, CheckoutEnded."""
    checkout = locked(store_id, key)
    order = db.get(Order, checkout.order_id) if checkout.order_id else None
    if order is None:
        raise CheckoutEnded()
    return bring_back(
        ToldReturn(
            f"cancel:{order.order_no}",
            order.order_no,
            store_id=store_id,
            at=clock.now(),
            kind=ReturnKind.CANCEL,
            source=order.source,
        )
    )


def end(checkout: Checkout, state: CheckoutState, order_id: int | None = None) -> None:
    """The promise is kept or given up."""
    checkout.state, checkout.order_id, checkout.ended_at = state, order_id, clock.now()
    session.flush()
    if state is CheckoutState.SETTLED and checkout.quote["applied"]:
        events.record(
            "checkout.settled",
            member_id=checkout.member_id,
            checkout_id=checkout.id,
            order_id=order_id,
            store_id=checkout.store_id,
        )


def applied(checkout: Checkout) -> Iterator[tuple[int, int]]:
    """Its coupons with what each takes off, always in the order of their ids: two tills that want
    the same two coupons wait for each other, and never for ever."""
    for one in sorted(checkout.quote["applied"], key=lambda one: one["coupon_id"]):
        yield one["coupon_id"], one["off_fen"] + one["shipping_off_fen"]


def points_key(checkout: Checkout) -> str:
    """Under which the ledger holds the points of this checkout."""
    return f"checkout:{checkout.id}"


def find(store_id: int, key: str) -> Checkout | None:
    """The checkout that this store calls so."""
    return session.scalar(select(Checkout).filter_by(store_id=store_id, key=key))


def locked(store_id: int, key: str) -> Checkout:
    """The checkout of this store, while nobody else works on it. Raises NoCheckout."""
    ours = select(Checkout).filter_by(store_id=store_id, key=key).with_for_update()
    checkout = session.scalar(ours.execution_options(populate_existing=True))
    if checkout is None:
        raise NoCheckout()
    return checkout


def _same(known: Checkout, story: str) -> Checkout:
    if known.digest != digest_of(story):
        raise OtherCheckout(fields={"json": {"key": [OtherCheckout.title]}})
    return known


def digest_of(story: str) -> str:
    """One short word for a long story."""
    return hashlib.sha256(story.encode()).hexdigest()
