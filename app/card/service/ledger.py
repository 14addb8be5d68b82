"""Her points, explained: what she has, and every movement that brought it there."""

from __future__ import annotations

from app.card.service.sessions import Visitor, fan_of
from app.points import queries as points
from app.points import service as ledger


def story(visitor: Visitor, before: str) -> dict[str, object]:
    """Newest first; all lines together come to `shown`. A person without a card has none.

    Raises BadInput for a `before` that is none of ours.
    """
    told = points.story(fan_of(visitor).member_id or 0, before)
    held = told.balances
    return {
        "shown": held.shown,
        "available": held.available,
        "pending": held.pending,
        "held": held.held,
        "owed": held.owed,
        "expiring": held.expiring,
        "worth": ledger.worth(),
        "lines": told.lines,
        "next": told.next,
    }
