"""Points as money at the till."""

from __future__ import annotations

from app.benefits.quote import Purse
from app.points import queries as points


def purse(member_id: int, wish: int = 0) -> Purse:
    """What she may spend of her points, and what they are worth."""
    return Purse(wish=wish, available=max(points.balance(member_id), 0))
