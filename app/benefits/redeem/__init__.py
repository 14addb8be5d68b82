"""Redeeming: a basket is priced, its coupons and points are held, paid or let go, and what is
brought back returns its share of them."""

from app.benefits.redeem.by_hand import SaleReturned, TooLateToTakeBack, take_back, use
from app.benefits.redeem.checkouts import (
    HELD_FOR,
    CheckoutEnded,
    CheckoutPaid,
    NoCheckout,
    OtherCheckout,
    Paid,
    PriceChanged,
    Settled,
    cancel,
    find,
    reserve,
    settle,
    void,
)
from app.benefits.redeem.matching import OthersReceipt, ReceiptReturned
from app.benefits.redeem.pricing import (
    MOST_LINES,
    Asked,
    AskedLine,
    NotABasket,
    Priced,
    price,
)
from app.benefits.redeem.refunding import bring_back, correct, record, take_refunds
from app.benefits.redeem.written import written

__all__ = [
    "HELD_FOR", "MOST_LINES", "Asked", "AskedLine", "CheckoutEnded", "CheckoutPaid", "NoCheckout",
    "NotABasket", "OtherCheckout", "OthersReceipt", "Paid", "PriceChanged", "Priced",
    "ReceiptReturned", "SaleReturned", "Settled", "TooLateToTakeBack", "bring_back", "cancel",
    "correct", "find", "price", "record", "reserve", "settle", "take_back", "take_refunds", "use",
    "void", "written",
]  # fmt: skip
