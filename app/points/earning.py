"""What a purchase earns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.points.rate import points_for


@dataclass(frozen=True, slots=True)
class Line:
    """Goods of one SKU, as far as rules ask; what was paid for all its units."""

    sku: str
    paid_fen: int
    category: str | None = None


def points_for_purchase(
    member_id: int, paid_fen: int, at: datetime, store_id: int | None, lines: Sequence[Line]
) -> int:
    """By the brand's rules as they were at that moment."""
    return points_for(paid_fen)
