"""Every coupon of either stays hers; of two for one reason, one is renamed while they are one."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from app.core import db
from app.core.db import session
from app.coupons.models import Coupon
from app.coupons.service import limits
from app.journeys.merging.rows import Pair, Record, Rows

LONGEST_REASON = 48


class Coupons:
    """A used one goes back used: what was handed out cannot be taken back."""

    def merge(self, pair: Pair) -> Record:
        renamed = self._rename(pair)
        counts = limits.hand_over(pair.merged_id, pair.survivor_id)
        return {"moved": Rows(Coupon).merge(pair), "renamed": renamed, "counts": counts}

    def undo(self, pair: Pair, record: Record) -> list[str]:
        Rows(Coupon).undo(pair, record["moved"])
        for coupon_id, reason in record["renamed"]:
            _set_reason(coupon_id, pair.merged_id, reason)
        limits.give_back(pair.survivor_id, record.get("counts", []))
        return []

    def _rename(self, pair: Pair) -> list[tuple[int, str]]:
        hers, theirs = aliased(Coupon), aliased(Coupon)
        same = (theirs.batch_id == hers.batch_id) & (theirs.reason == hers.reason)
        both = (
            select(theirs.id, theirs.reason)
            .join(hers, same & (hers.brand_id == theirs.brand_id))
            .where(hers.member_id == pair.survivor_id, theirs.member_id == pair.merged_id)
            .order_by(theirs.id)
        )
        twice = [(row.id, row.reason) for row in session.execute(both)]
        suffix = f"~{pair.merge_id}"
        for coupon_id, reason in twice:
            kept = reason[: LONGEST_REASON - len(suffix)]
            _set_reason(coupon_id, pair.merged_id, f"{kept}{suffix}")
        return twice


def _set_reason(coupon_id: int, member_id: int, reason: str) -> None:
    ours = (Coupon.brand_id == db.current_brand_id()) & (Coupon.id == coupon_id)
    statement = update(Coupon).where(ours, Coupon.member_id == member_id).values(reason=reason)
    session.execute(statement, execution_options={"synchronize_session": False})
