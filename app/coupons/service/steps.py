"""Writing a coupon's history: who, where, when, by which order, from what to what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.db import session
from app.coupons.models import CouponStep, Redemption, Step

MEMBER, TILL, RULE, IMPORT, TIME = "member", "till", "rule", "import", "time"


@dataclass(frozen=True)
class Taken:
    """One step that was taken."""

    coupon_id: int
    to_step: Step
    at: datetime
    by: str
    from_step: Step | None = None
    redemption_id: int | None = None
    store_id: int | None = None
    order_id: int | None = None
    reference: str | None = None
    fen: int = 0


def keep(steps: Sequence[Taken]) -> None:
    """Add them to the history, in their order."""
    if not steps:
        return
    brand_id = db.current_brand_id()
    session.execute(
        insert(cast(Table, CouponStep.__table__)), [_row(brand_id, step) for step in steps]
    )


def _row(brand_id: int, step: Taken) -> dict[str, Any]:
    names = CouponStep.__table__.c.keys()
    return {name: getattr(step, name) for name in names if name not in ("brand_id", "id")} | {
        "brand_id": brand_id
    }


def keep_use(
    use: Redemption,
    from_step: Step | None,
    at: datetime,
    by: str,
    *,
    reference: str | None = None,
    fen: int = 0,
) -> None:
    """A use has come to the state that it is in now."""
    keep(
        [
            Taken(
                coupon_id=use.coupon_id,
                redemption_id=use.id,
                from_step=from_step,
                to_step=Step(use.state),
                at=at,
                by=by,
                store_id=use.store_id,
                order_id=use.order_id,
                reference=reference or use.order_ref,
                fen=fen,
            )
        ]
    )


def staff_or(staff_id: int | None, other: str) -> str:
    """Who did it, as history names her: a number, never a name."""
    return other if staff_id is None else f"staff:{staff_id}"
