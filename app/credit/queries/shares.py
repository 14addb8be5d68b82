"""What guides and stores have of the sales, in fen: the orders' money by the credits' parts.

One statement divides as `rules.split` does. An order that nobody has looked at yet is its
store's, so the sums are what was sold at any moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from app.core import db
from app.core.db import session
from app.credit.queries.period import ORDERS, Period

# Two amounts of each order are divided: what was paid, and what is left of it.
DIVIDED = """
WITH asked AS MATERIALIZED (
    SELECT o.id, o.order_no, o.store_id, o.paid_at, o.paid_fen AS gross,
           o.paid_fen - o.returned_fen AS net
    FROM orders o WHERE {which}
), parts AS (
    SELECT a.*, COALESCE(c.place, 0) AS place, c.staff_id, COALESCE(c.way, 'store') AS way,
           COALESCE(c.bp, 10000)::bigint AS bp, c.version
    FROM asked a LEFT JOIN credits c ON (c.brand_id, c.order_id) = (:brand, a.id)
), floors AS (
    SELECT *, abs(net) * bp / 10000 AS net_floor, abs(gross) * bp / 10000 AS gross_floor
    FROM parts
), ranked AS (
    SELECT *,
        abs(net) - sum(net_floor) OVER one AS net_left,
        abs(gross) - sum(gross_floor) OVER one AS gross_left,
        row_number() OVER (PARTITION BY id ORDER BY abs(net) * bp % 10000 DESC, place) AS net_rank,
        row_number() OVER (PARTITION BY id ORDER BY abs(gross) * bp % 10000 DESC, place)
            AS gross_rank
    FROM floors WINDOW one AS (PARTITION BY id)
), divided AS (
    SELECT id AS order_id, order_no, store_id, paid_at, net AS order_fen,
        place, staff_id, way, version,
        (sign(net) * (net_floor + (net_rank <= net_left)::int))::bigint AS fen,
        (sign(gross) * (gross_floor + (gross_rank <= gross_left)::int))::bigint AS gross_fen
    FROM ranked
)
"""
SUMS = """
SELECT store_id, staff_id, sum(fen)::bigint AS fen, sum(gross_fen)::bigint AS gross_fen,
       count(DISTINCT order_id) AS order_count
FROM divided GROUP BY store_id, staff_id ORDER BY store_id, staff_id
"""
HERS = "SELECT * FROM divided WHERE staff_id = :staff ORDER BY paid_at DESC, order_id DESC, place"
OF_HERS = """ AND o.id IN (
    SELECT order_id FROM credits WHERE brand_id = :brand AND staff_id = :staff)"""
ROWS = "SELECT * FROM divided ORDER BY order_id, place"
SALES = f"""
SELECT o.store_id, sum(o.paid_fen - o.returned_fen)::bigint AS fen FROM orders o
WHERE {ORDERS} GROUP BY o.store_id
"""  # noqa: S608 - ours


@dataclass(frozen=True)
class Sum:
    """What somebody has of a store's sales; the store itself where `staff_id` is None.

    `gross_fen` is the same before anything came back.
    """

    store_id: int
    staff_id: int | None
    fen: int
    gross_fen: int
    order_count: int


@dataclass(frozen=True)
class Line:
    """A part of an order that is somebody's, and why."""

    order_id: int
    order_no: str
    store_id: int
    paid_at: datetime
    order_fen: int  # of the whole order, less what came back
    place: int
    staff_id: int | None
    way: str
    version: int | None  # None: not looked at yet
    fen: int
    gross_fen: int


def sums(period: Period) -> list[Sum]:
    """By store and guide; of a store they add up to its sales."""
    return [Sum(**row._mapping) for row in _run(ORDERS, SUMS, period.asked)]


def lines(period: Period) -> list[Line]:
    """Every part of every order, in the order of their ids."""
    return _lines(_run(ORDERS, ROWS, period.asked))


def lines_of(staff_id: int, period: Period) -> list[Line]:
    """Her parts of orders, newest first."""
    return _lines(_run(ORDERS + OF_HERS, HERS, period.asked | {"staff": staff_id}))


def sales(period: Period) -> dict[int, int]:
    """What each store sold: paid less returned, by the orders alone."""
    return {row.store_id: row.fen for row in session.execute(text(SALES), period.asked)}


def _run(which: str, query: str, asked: dict[str, Any]) -> Sequence[Any]:
    return session.execute(text(DIVIDED.format(which=which) + query), asked).all()


def _lines(rows: Sequence[Any]) -> list[Line]:
    return [Line(**row._mapping) for row in rows]


MONTHS = """
SELECT DISTINCT to_char(timezone(:zone, paid_at), 'YYYY-MM') AS month FROM orders
WHERE brand_id = :brand ORDER BY month
"""


def months(zone: str) -> Iterator[str]:
    """Every month in which the brand sold something, oldest first."""
    yield from session.scalars(text(MONTHS), {"brand": db.current_brand_id(), "zone": zone})
