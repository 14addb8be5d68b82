"""Moments from the stores: visits, purchases, returns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from app.core import clock
from app.core.money import yuan
from app.single_view import words
from app.single_view.timeline.moments import Kind, Moment, Row, Source, Whose
from app.visits.models import VisitState

STILL_HERE = timedelta(hours=1)  # a later scan would be another visit
SHOWN_LINES = 4


def _visit(row: Row, _whose: Whose) -> Moment:
    """A scan in a store, who looked after her, how it ended."""
    facts = row.facts
    is_here = is_in_store(row.at, facts["state"])
    guide = f"{facts['guide']} 接待" if facts["guide"] else ""
    parts = [facts["place"], guide, words.outcome(facts["outcome"])]
    return Moment(
        at=row.at,
        kind=Kind.VISIT,
        key=row.key,
        icon="scan",
        words=f"在{facts['store']}扫码",
        details=[" · ".join(part for part in parts if part)],
        badge="现在在店" if is_here else "",
        tone="is-done" if is_here else "",
    )


def is_in_store(scanned_at: datetime, state: str) -> bool:
    """Whether she may still be there: scanned within the hour, and nobody saw her off."""
    return state != VisitState.DONE and clock.now() - scanned_at < STILL_HERE


def _order(row: Row, _whose: Whose) -> Moment:
    """A receipt with its dearest lines; a sum below nought is a return."""
    paid, coupon = row.facts["paid_fen"], row.facts["coupon_fen"]
    lines = [_line(each) for each in row.more or []]
    more = [f"还有 {len(lines) - SHOWN_LINES} 样"] if len(lines) > SHOWN_LINES else []
    return Moment(
        at=row.at,
        kind=Kind.PURCHASE,
        key=row.key,
        icon="back" if paid < 0 else "coin",
        words=f"在{row.facts['store']}{'退货' if paid < 0 else '购买'} {yuan(abs(paid))}",
        details=[*lines[:SHOWN_LINES], *more, *([f"券 {yuan(-coupon)}"] if coupon else [])],
    )


def _line(line: Mapping[str, Any]) -> str:
    return f"{line['name']} ×{line['quantity']}　{yuan(line['paid_fen'])}"


VISITS = Source(
    """
    SELECT visit.scanned_at AS at, visit.id AS key,
           json_build_object('store', store.name, 'place', code.place, 'guide', guide.name,
                             'outcome', visit.outcome, 'state', visit.state) AS facts
    FROM visits visit
    JOIN stores store ON store.brand_id = visit.brand_id AND store.id = visit.store_id
    JOIN qr_codes code ON code.brand_id = visit.brand_id AND code.id = visit.qr_code_id
    LEFT JOIN staff guide
           ON guide.brand_id = visit.brand_id
              AND guide.id = COALESCE(visit.served_by_id, visit.claimed_by_id)
    WHERE visit.brand_id = :brand AND visit.fan_id = ANY(CAST(:fans AS bigint[]))
    """,
    _visit,
    {Kind.VISIT},
)
ORDERS = Source(
    """
    SELECT receipt.paid_at AS at, receipt.id AS key,
           json_build_object('store', store.name, 'paid_fen', receipt.paid_fen,
                             'coupon_fen', receipt.coupon_fen) AS facts
    FROM orders receipt
    JOIN stores store ON store.brand_id = receipt.brand_id AND store.id = receipt.store_id
    WHERE receipt.brand_id = :brand AND receipt.member_id = :member
    """,
    _order,
    {Kind.PURCHASE},
    more="""
    SELECT json_agg(json_build_object('name', product.name, 'quantity', line.quantity,
                                      'paid_fen', line.paid_fen)
                    ORDER BY line.paid_fen DESC, line.line_no)
    FROM order_lines line
    JOIN products product
      ON product.brand_id = line.brand_id AND product.id = line.product_id
    WHERE line.brand_id = :brand AND line.order_id = shown.number
    """,
)
