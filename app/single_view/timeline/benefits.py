"""Moments from points and coupons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.benefits import service as benefits
from app.core import clock
from app.core.money import MINUS
from app.coupons.models import CouponKind
from app.single_view import words
from app.single_view.timeline.moments import Kind, Moment, Row, Source, Whose


def _transfer(row: Row, _whose: Whose) -> Moment:
    """A movement of her points."""
    sign = "+" if row.facts["is_hers"] else MINUS
    return Moment(
        at=row.at,
        kind=Kind.BENEFIT,
        key=row.key,
        icon="coin",
        words=f"积分 {sign}{row.facts['amount']:,}",
        details=[words.points_kind(row.facts["kind"])],
    )


def _coupon(row: Row, _whose: Whose) -> Moment:
    """A coupon or sample that she was given."""
    return Moment(
        at=row.at,
        kind=Kind.BENEFIT,
        key=row.key,
        icon="ticket",
        words=f"得到{_worth(row.facts)}",
        details=[f"到 {_day(row.facts['until'])}"],
    )


def _redemption(row: Row, _whose: Whose) -> Moment:
    """A coupon used, or a sample handed out."""
    store = row.facts["store"]
    return Moment(
        at=row.at,
        kind=Kind.BENEFIT,
        key=row.key,
        icon="ticket",
        words=f"用了{_worth(row.facts)}",
        details=[store] if store else [],
        badge="已退回" if row.facts["is_undone"] else "",
    )


def _worth(facts: Mapping[str, Any]) -> str:
    kind = CouponKind(facts["kind"])
    return " ".join(benefits.worth(kind, facts["name"], facts["value_fen"], facts["spend_fen"]))


def _day(text: str) -> str:
    until = clock.local(datetime.fromisoformat(text))
    return f"{until.year}年{until.month}月{until.day}日"


POINTS = Source(
    """
    SELECT moved.at, moved.id AS key,
           json_build_object('is_hers', moved.is_hers, 'amount', moved.amount,
                             'kind', moved.kind) AS facts
    FROM points_accounts hers
    CROSS JOIN LATERAL (
        SELECT at, id, amount, kind, true AS is_hers FROM points_transfers
        WHERE brand_id = :brand AND credit_id = hers.id
        UNION ALL
        SELECT at, id, amount, kind, false FROM points_transfers
        WHERE brand_id = :brand AND debit_id = hers.id
    ) AS moved
    WHERE hers.brand_id = :brand AND hers.member_id = :member AND hers.kind = 'available'
    """,
    _transfer,
    {Kind.BENEFIT},
    is_numbered=False,
)
COUPONS = Source(
    """
    SELECT coupon.issued_at AS at, coupon.id AS key,
           json_build_object('kind', batch.kind, 'name', batch.name,
                             'value_fen', batch.value_fen, 'spend_fen', batch.min_spend_fen,
                             'until', coupon.valid_until) AS facts
    FROM coupons coupon
    JOIN coupon_batches batch
      ON batch.brand_id = coupon.brand_id AND batch.id = coupon.batch_id
    WHERE coupon.brand_id = :brand AND coupon.member_id = :member
    """,
    _coupon,
    {Kind.BENEFIT},
)
REDEMPTIONS = Source(
    """
    SELECT used.redeemed_at AS at, used.id AS key,
           json_build_object('kind', batch.kind, 'name', batch.name,
                             'value_fen', batch.value_fen, 'spend_fen', batch.min_spend_fen,
                             'store', store.name,
                             'is_undone', used.undone_at IS NOT NULL) AS facts
    FROM redemptions used
    JOIN coupons coupon ON coupon.brand_id = used.brand_id AND coupon.id = used.coupon_id
    JOIN coupon_batches batch
      ON batch.brand_id = coupon.brand_id AND batch.id = coupon.batch_id
    LEFT JOIN stores store ON store.brand_id = used.brand_id AND store.id = used.store_id
    WHERE coupon.brand_id = :brand AND coupon.member_id = :member
      AND used.state IN ('redeemed', 'partly_refunded', 'rolled_back')
    """,
    _redemption,
    {Kind.BENEFIT},
)
