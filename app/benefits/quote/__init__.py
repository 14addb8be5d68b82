"""What a basket costs with what the shopper holds: pure functions, the same for till, guide, card.

`quote(basket, shopper, held, …)` is the whole of it; docs/decisions/0016 says how it chooses.
"""

from app.benefits.quote.basket import (
    Basket,
    Held,
    Line,
    Policy,
    Purse,
    Shopper,
    TierRights,
    Visit,
)
from app.benefits.quote.conditions import refusal_at
from app.benefits.quote.engine import quote
from app.benefits.quote.reasons import PointsReason, PointsRefusal, Reason, Refusal
from app.benefits.quote.result import Applied, Quote, QuotedLine

__all__ = [
    "Applied",
    "Basket",
    "Held",
    "Line",
    "PointsReason",
    "PointsRefusal",
    "Policy",
    "Purse",
    "Quote",
    "QuotedLine",
    "Reason",
    "Refusal",
    "Shopper",
    "TierRights",
    "Visit",
    "quote",
    "refusal_at",
]
