"""What two have claimed counts together while they are one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.db import session
from app.coupons.models import CountScope, CouponBatch, CouponCount

OF_HER = (CountScope.PERSON, CountScope.PERSON_DAY)
KEYS = ["brand_id", "batch_id", "scope", "who_index", "period"]
_UNSYNCHRONISED = {"synchronize_session": False}


def hand_over(giver_id: int, taker_id: int) -> list[list[Any]]:
    """Add what one has claimed to what the other has; answers it, as `give_back` wants it. Who has
    more than the cap by that keeps it, and gets no more."""
    theirs = select(CouponCount).where(
        CouponCount.scope.in_(OF_HER), CouponCount.who_index == str(giver_id)
    )
    rows = session.scalars(theirs.order_by(CouponCount.batch_id)).all()
    _hold({row.batch_id for row in rows})
    given: list[list[Any]] = [[row.batch_id, row.scope, row.period, row.n, row.cap] for row in rows]
    for batch_id, scope, period, n, cap in given:
        _add(batch_id, scope, period, taker_id, n, cap)
    return given


def give_back(taker_id: int, given: Sequence[Sequence[Any]]) -> None:
    """They are two again: what came with the one no longer counts for the other."""
    _hold({row[0] for row in given})
    for batch_id, scope, period, n, _cap in given:
        hers = (
            (CouponCount.brand_id == db.current_brand_id())
            & (CouponCount.batch_id == batch_id)
            & (CouponCount.scope == scope)
            & (CouponCount.who_index == str(taker_id))
            & (CouponCount.period == period)
        )
        less = update(CouponCount).where(hers).values(n=func.greatest(CouponCount.n - n, 0))
        session.execute(less, execution_options=_UNSYNCHRONISED)
        nothing = delete(CouponCount).where(hers, CouponCount.n == 0)
        session.execute(nothing, execution_options=_UNSYNCHRONISED)


def _hold(batch_ids: set[int]) -> None:
    """Counters are changed by who holds their batch alone."""
    held = select(CouponBatch.id).where(CouponBatch.id.in_(sorted(batch_ids)))
    session.scalars(held.order_by(CouponBatch.id).with_for_update(key_share=True)).all()


def _add(batch_id: int, scope: str, period: str, who: int, n: int, cap: int) -> None:
    row = {
        "brand_id": db.current_brand_id(),
        "batch_id": batch_id,
        "scope": scope,
        "who_index": str(who),
        "period": period,
        "n": n,
        "cap": cap,
    }
    more = CouponCount.n + n
    room = func.greatest(CouponCount.cap, more)
    added = insert(CouponCount).values(row)
    session.execute(added.on_conflict_do_update(index_elements=KEYS, set_={"n": more, "cap": room}))
