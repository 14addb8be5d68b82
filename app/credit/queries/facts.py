"""What is known of orders: who sold, who took her scan, whose she was, who was with her last.

Sightings are read whole, within the longest window that a rule asks for; the rule itself picks
(`rules.attribute`). What a rule does not look at is not read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from app.core import clock, db
from app.core.db import session
from app.credit.queries.period import ORDERS, Period, zone
from app.credit.rules import Facts, Rule, Seen, Way
from app.members.promoters import promoters_of
from app.owners.queries import owners_at

TOUCHES = ("task.done",)  # events of a guide's acts with a member: data holds `staff_id`
AT_ONCE = 5_000
IDS = f"SELECT o.id FROM orders o WHERE {ORDERS} ORDER BY o.id"  # noqa: S608 - ours
SOLD = """
SELECT o.id, o.store_id, o.member_id, o.staff_id, o.paid_at, o.paid_fen - o.returned_fen AS net_fen
FROM orders o WHERE o.brand_id = :brand AND o.id = ANY(CAST(:ids AS bigint[])) ORDER BY o.id
"""
ASKED = """
WITH asked AS MATERIALIZED (
    SELECT o.id, o.store_id, o.member_id, o.paid_at,
           CAST(timezone(:zone, o.paid_at) AS date) AS day
    FROM orders o WHERE o.brand_id = :brand AND o.id = ANY(CAST(:ids AS bigint[]))
        AND o.member_id IS NOT NULL
)
"""
TAKEN = """
    FROM asked a
    JOIN fans f ON (f.brand_id, f.member_id) = (:brand, a.member_id)
    JOIN visits v ON (v.brand_id, v.fan_id) = (:brand, f.id)
        AND v.scanned_at >= a.paid_at - make_interval(days => :days + 1)
    WHERE COALESCE(v.served_by_id, v.claimed_by_id) IS NOT NULL
"""
# A scan counts for the whole day of the sale: who pays first and is served then was served too.
SCANS = f"""
SELECT * FROM (
    SELECT a.id, COALESCE(v.served_by_id, v.claimed_by_id) AS staff_id,
           v.scanned_at AS at, v.id AS number,
           a.day - CAST(timezone(:zone, v.scanned_at) AS date) AS days
    {TAKEN} AND v.store_id = a.store_id AND v.scanned_at < a.paid_at + interval '1 day'
) AS seen WHERE days BETWEEN 0 AND :days ORDER BY id, at DESC, number DESC
"""  # noqa: S608 - ours
# She may have scanned again after she paid: what counts is that she was with somebody before.
TOUCHED = f"""
SELECT * FROM (
    SELECT a.id, COALESCE(v.served_by_id, v.claimed_by_id) AS staff_id,
           v.first_scanned_at AS at, v.id AS number,
           a.day - CAST(timezone(:zone, v.first_scanned_at) AS date) AS days
    {TAKEN} AND (v.greeted_at IS NOT NULL OR v.served_by_id IS NOT NULL)
        AND v.first_scanned_at <= a.paid_at
    UNION ALL
    SELECT a.id, CAST(e.data ->> 'staff_id' AS bigint), e.at, e.id,
           a.day - CAST(timezone(:zone, e.at) AS date)
    FROM asked a
    JOIN events e ON (e.brand_id, e.member_id) = (:brand, a.member_id) AND e.at <= a.paid_at
        AND e.at >= a.paid_at - make_interval(days => :days + 1)
    WHERE e.name = ANY(:touches) AND e.data ? 'staff_id'
) AS seen WHERE days BETWEEN 0 AND :days ORDER BY id, at DESC, number DESC
"""  # noqa: S608 - ours


@dataclass(frozen=True)
class Sold:
    """The facts of an order, and when it was paid: that says which rule holds."""

    facts: Facts
    paid_at: datetime


def of_period(period: Period, rules: Collection[Rule]) -> Iterator[Sold]:
    """Every order of the period, with what these rules look at, in the order of their ids."""
    ids = session.scalars(text(IDS), period.asked).all()
    for first in range(0, len(ids), AT_ONCE):
        yield from of_orders(ids[first : first + AT_ONCE], rules)


def of_orders(order_ids: Sequence[int], rules: Collection[Rule]) -> list[Sold]:
    """These orders, some thousands at most."""
    asked = {"brand": db.current_brand_id(), "ids": list(order_ids)}
    sold = session.execute(text(SOLD), asked).all()
    days = _windows(rules)
    scans = _seen(SCANS, asked, days.get(Way.SCAN))
    touches = _seen(TOUCHED, asked, days.get(Way.TOUCH))
    owners = _owners(sold) if Way.OWNER in days else {}
    promoters = _promoters(sold) if Way.PROMOTER in days else {}
    return [
        Sold(
            Facts(
                order_id=row.id,
                store_id=row.store_id,
                net_fen=row.net_fen,
                seller=row.staff_id,
                owner=owners.get((row.member_id, row.paid_at)),
                scans=tuple(scans.get(row.id, ())),
                touches=tuple(touches.get(row.id, ())),
                promoters=tuple(promoters.get(row.id, ())),
            ),
            row.paid_at,
        )
        for row in sold
    ]


def _windows(rules: Collection[Rule]) -> dict[Way, int]:
    """The longest window of each way that is asked for."""
    steps = [step for rule in rules for part in rule.parts for step in part.steps]
    return {
        way: max(step.days or 0 for step in steps if step.way is way)
        for way in {step.way for step in steps}
    }


def _seen(query: str, asked: dict[str, Any], days: int | None) -> dict[int, list[Seen]]:
    if days is None:
        return {}
    values = {"zone": zone().key, "days": days, "touches": list(TOUCHES)}
    found: dict[int, list[Seen]] = {}
    for row in session.execute(text(ASKED + query), asked | values):
        found.setdefault(row.id, []).append(Seen(row.staff_id, row.days))
    return found


def _owners(sold: Sequence[Row[Any]]) -> dict[tuple[int, datetime], int]:
    return owners_at({(row.member_id, row.paid_at) for row in sold if row.member_id})


def _promoters(sold: Sequence[Row[Any]]) -> dict[int, list[Seen]]:
    """Who brought her before this sale."""
    known = promoters_of({row.member_id for row in sold if row.member_id})
    here, found = zone(), {}
    for row in sold:
        promoter = known.get(row.member_id)
        if promoter is not None and promoter.at <= row.paid_at:
            paid, came = (clock.business_day(at, here) for at in (row.paid_at, promoter.at))
            found[row.id] = [Seen(promoter.staff_id, (paid - came).days)]
    return found
