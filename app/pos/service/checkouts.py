"""A till's basket: priced, held, paid or let go."""

from __future__ import annotations

from typing import Any

from app.benefits import presence, redeem
from app.benefits.models import Checkout
from app.benefits.redeem import Asked, Paid
from app.core import clock
from app.pos.service.callers import Machine
from app.pos.service.stores import guide_of, store_of

Basket = dict[str, Any]  # as schemas.checkouts.BasketSchema loads it


def quote(caller: Machine, basket: Basket) -> dict[str, Any]:
    """What it costs her, and why what stays in her wallet stays there.

    Raises NobodyThere, NotABasket, NoStore.
    """
    return redeem.written(redeem.price(_asked(caller, basket), clock.now()))


def reserve(caller: Machine, basket: Basket) -> dict[str, Any]:
    """Promise her this price. Raises as `redeem.reserve`, NobodyThere, NoGuide, NoStore."""
    asked = _asked(caller, basket)
    return _shown(
        redeem.reserve(
            asked,
            key=basket["key"],
            payable_fen=basket["payable_fen"],
            opened_by=caller.audit_name,
            staff_id=guide_of(basket["guide"]),
        )
    )


def look(caller: Machine, key: str, store: str | None) -> dict[str, Any]:
    """What was promised under this key. Raises NoCheckout, NoStore."""
    found = redeem.find(store_of(caller, store).id, key)
    if found is None or found.is_offline:
        raise redeem.NoCheckout()
    return _shown(found)


def settle(caller: Machine, key: str, told: dict[str, Any]) -> dict[str, Any]:
    """She has paid. Raises as `redeem.settle`, NoGuide, NoStore."""
    paid = Paid(told["order_no"], told["at"], tuple(told["payments"]), guide_of(told["guide"]))
    done = redeem.settle(store_of(caller, told["store"]).id, key, paid)
    return {
        "key": key,
        "state": done.checkout.state,
        "order_no": done.order.order_no,
        "paid_fen": done.order.paid_fen,
        "points_earned": done.points_earned,
    }


def void(caller: Machine, key: str, store: str | None) -> dict[str, Any]:
    """She does not buy. Raises NoCheckout, CheckoutPaid, NoStore."""
    done = redeem.void(store_of(caller, store).id, key)
    return {"key": key, "state": done.state}


def _asked(caller: Machine, basket: Basket) -> Asked:
    store = store_of(caller, basket["store"])
    only = basket["coupons"]
    return Asked(
        member_id=presence.shopper(basket["shopper"], store.id).id,
        store_id=store.id,
        lines=tuple(basket["lines"]),
        shipping_fen=basket["shipping_fen"],
        points=basket["points"],
        only=None if only is None else frozenset(only),
    )


def _shown(checkout: Checkout) -> dict[str, Any]:
    return {
        "key": checkout.key,
        "state": checkout.state,
        "until": checkout.until,
        "payable_fen": checkout.payable_fen,
        "quote": checkout.quote,
    }
