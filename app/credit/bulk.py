"""Whose orders are, written down set-wise. Twice is harmless: the rows of an order are replaced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, text, update
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.db import session
from app.credit.models import Credit, CreditCount
from app.credit.queries import facts
from app.credit.queries.ruling import timetable
from app.credit.rules import Share, attribute

AT_ONCE = 2_000
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"
# One statement: the database looks after each whether the orders in it are whole.
ADD = """
INSERT INTO credits (brand_id, order_id, place, staff_id, way, bp, version)
SELECT :brand, * FROM unnest(
    CAST(:order_ids AS bigint[]), CAST(:places AS smallint[]), CAST(:staff_ids AS bigint[]),
    CAST(:ways AS varchar[]), CAST(:bps AS smallint[]), CAST(:versions AS bigint[]))
"""
NEXT = """
SELECT o.id FROM orders o
LEFT JOIN credits c ON (c.brand_id, c.order_id, c.place) = (o.brand_id, o.id, 0)
WHERE o.brand_id = :brand AND o.id > :reached AND (c.order_id IS NULL OR o.paid_at >= :since)
ORDER BY o.id LIMIT :most
"""


def count(order_ids: Sequence[int]) -> int:
    """Work out whose these orders are, each by the rule that held when it was paid; answers how
    many there were."""
    session.execute(text(LOCK), {"name": f"credit:{db.current_brand_id()}"})
    table = timetable()
    rules = [version.rule for version in table.versions]
    rows: list[tuple[int, int, Share, int]] = []
    for sold in facts.of_orders(order_ids, rules):
        rule = table.at(sold.paid_at).rule
        shares = enumerate(attribute(sold.facts, rule))
        rows += [(sold.facts.order_id, place, share, rule.version) for place, share in shares]
    _replace(order_ids, rows)
    return len({order_id for order_id, *_ in rows})


def _replace(order_ids: Sequence[int], rows: Sequence[tuple[int, int, Share, int]]) -> None:
    session.execute(delete(Credit).where(Credit.order_id.in_(order_ids)))
    values = {
        "order_ids": [order_id for order_id, *_ in rows],
        "places": [place for _, place, *_ in rows],
        "staff_ids": [share.staff_id for *_, share, _ in rows],
        "ways": [str(share.way) for *_, share, _ in rows],
        "bps": [share.bp for *_, share, _ in rows],
        "versions": [version for *_, version in rows],
    }
    session.execute(text(ADD), values | {"brand": db.current_brand_id()})


def plan(now: datetime, recount_from: datetime) -> None:
    """Have all orders gone through that nobody has looked at, and those paid since."""
    fresh = {"planned_at": now, "recount_from": recount_from, "reached": 0, "due_at": now}
    statement = insert(CreditCount).values(brand_id=db.current_brand_id(), **fresh)
    session.execute(statement.on_conflict_do_update(index_elements=["brand_id"], set_=fresh))


def count_next(*, at_once: int = AT_ONCE) -> int:
    """The next orders of what was planned; 0 when that is done. Killed anywhere it goes on."""
    ours = CreditCount.brand_id == db.current_brand_id()
    due = session.get(CreditCount, db.current_brand_id(), with_for_update=True)
    if due is None or due.due_at is None:
        return 0
    asked = {"reached": due.reached, "since": due.recount_from, "most": at_once}
    ids = session.scalars(text(NEXT), asked | {"brand": due.brand_id}).all()
    if ids:
        count(ids)
    reached = {"reached": ids[-1]} if ids else {"due_at": None}
    session.execute(update(CreditCount).where(ours).values(reached))
    return len(ids)
