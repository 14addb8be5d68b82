"""Points as money at the till."""

from __future__ import annotations

from app.benefits.quote import Purse
from app.points import service as points


def purse(member_id: int, wish: int = 0) -> Purse:
    """What she may spend of her points, and what they are worth. What she owes is hers no more."""
    worth = points.worth()
    return Purse(
        wish=wish,
        available=max(points.balances(member_id).shown, 0),
        step_points=worth.step_points,
        step_fen=worth.step_fen,
        cap_basis_points=worth.cap_basis_points,
    )
