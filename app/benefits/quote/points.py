"""Points pay last: for what the goods cost after the coupons, in whole steps."""

from __future__ import annotations

from app.benefits.quote.basket import Purse
from app.benefits.quote.reasons import PointsReason, PointsRefusal
from app.coupons.rule.terms import WHOLE


def spend(purse: Purse, goods_fen: int, blocked_by: str | None) -> tuple[int, PointsRefusal | None]:
    """How many steps are spent, and why not all that she wished. `blocked_by` is a coupon that
    works and does not go with points.
    """
    if blocked_by is not None and purse.wish:
        return 0, PointsRefusal(PointsReason.NOT_WITH_COUPON, purse.step_points, blocked_by)
    offered = min(purse.wish, purse.available) // purse.step_points
    capped = goods_fen * purse.cap_basis_points // WHOLE // purse.step_fen
    steps = min(offered, capped)
    reason = _reason(purse, offered, capped)
    return steps, None if reason is None else PointsRefusal(reason, purse.step_points)


def _reason(purse: Purse, offered: int, capped: int) -> PointsReason | None:
    if capped < offered:
        return PointsReason.CAP_REACHED
    if purse.available < purse.wish:
        return PointsReason.TOO_FEW
    return PointsReason.BELOW_STEP if purse.wish % purse.step_points else None
