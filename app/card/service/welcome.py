"""The join page: what she would get, and what she would agree to."""

from __future__ import annotations

from app.benefits import service as benefits
from app.brands import service as brands
from app.card import agreement, queries
from app.card.service import shown
from app.card.service.sessions import Visitor


def welcome(visitor: Visitor, store_code: str) -> dict[str, object]:
    """The gifts of today, one line each, and the text her consent will name."""
    brand = brands.get(visitor.brand_id)
    gifts = enumerate(benefits.joining_gifts(brand))
    lines = [shown.gift_line(place, gift, shown.TODAY_TOO) for place, gift in gifts]
    return {
        "brand": shown.dressed(brand),
        "store": queries.store_by_code(store_code),
        "benefits": [*lines, shown.POINTS_LINE],
        "agreement": agreement.current(),
    }
