"""Counting anew, set-wise, one store or the whole brand at a time. Twice is harmless."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, text, update

from app.core import clock, db
from app.core.db import session
from app.insights.figures import GOODS, KEPT, LEAST, STANDS
from app.insights.models import WHOLE_BRAND, Basis, Count, Neighbour, ProductPair

PLACES = 30  # neighbours kept of each product
MOST_MEMBERS = 20_000  # those who bought last: enough to know tastes by
PATIENCE = "SET LOCAL statement_timeout = '50s'"  # under the life of a job
LONG_PATIENCE = "SET LOCAL statement_timeout = '10min'"  # of a person at a terminal
ROOM = "SET LOCAL work_mem = '48MB'"
WAIT = "SET LOCAL lock_timeout = '60s'"

# Names become numbers for the join: the pairs are some ten million rows on their way. A store
# numbers what it sold and no more: brands list a hundred thousand products, and have many stores.
KINDS = f"""
WITH kinds AS MATERIALIZED (
    SELECT p.id, p.name, dense_rank() OVER (ORDER BY p.name COLLATE "C")::int AS kind
    FROM products p WHERE p.brand_id = :brand AND {GOODS} %(sold)s
), names AS MATERIALIZED (SELECT DISTINCT kind, name FROM kinds)
"""  # noqa: S608 - ours
PAIRS = f"""
, baskets AS MATERIALIZED (
    SELECT DISTINCT o.id, k.kind
    FROM orders o
    JOIN order_lines l ON (l.brand_id, l.order_id) = (o.brand_id, o.id)
    JOIN kinds k ON k.id = l.product_id
    WHERE o.brand_id = :brand AND {STANDS} AND {KEPT} %(which)s
), held AS MATERIALIZED (
    SELECT kind, count(*) AS n FROM baskets GROUP BY kind HAVING count(*) >= :least
), common AS MATERIALIZED (
    SELECT id, kind FROM baskets JOIN held USING (kind)
), pairs AS MATERIALIZED (
    SELECT a.kind AS a, b.kind AS b, count(*) AS n_ab
    FROM common a JOIN common b ON b.id = a.id AND b.kind > a.kind
    GROUP BY a.kind, b.kind HAVING count(*) >= :least
)
INSERT INTO product_pairs (brand_id, store_id, product_a, product_b, n_a, n_b, n_ab)
SELECT :brand, :store, a.name, b.name, held_a.n, held_b.n, pairs.n_ab
FROM pairs
JOIN held held_a ON held_a.kind = pairs.a JOIN held held_b ON held_b.kind = pairs.b
JOIN names a ON a.kind = pairs.a JOIN names b ON b.kind = pairs.b
"""  # noqa: S608 - ours
# A member who buys for a household knows hundreds of products, and pairs grow with the square:
# each product is a row of bits, one a member, and two rows are compared at once.
CHOSEN = f"""SELECT member_id, max(paid_at) AS last_at FROM orders o
    WHERE brand_id = :brand AND member_id IS NOT NULL AND {STANDS}
    GROUP BY member_id ORDER BY last_at DESC, member_id LIMIT :most"""  # noqa: S608 - ours
NEIGHBOURS = f"""
, chosen AS MATERIALIZED (
    SELECT member_id, (row_number() OVER ())::int - 1 AS place FROM ({CHOSEN}) AS newest
), bought AS MATERIALIZED (
    SELECT DISTINCT c.place, k.kind
    FROM chosen c
    JOIN orders o ON (o.brand_id, o.member_id) = (:brand, c.member_id)
    JOIN order_lines l ON (l.brand_id, l.order_id) = (o.brand_id, o.id)
    JOIN kinds k ON k.id = l.product_id
    WHERE {STANDS} AND {KEPT}
), blank AS MATERIALIZED (
    SELECT CAST(repeat('0', count(*)::int) AS bit varying) AS bits FROM chosen
), held AS MATERIALIZED (
    SELECT kind, count(*) AS n, bit_or(set_bit(blank.bits, place, 1)) AS bits
    FROM bought, blank GROUP BY kind HAVING count(*) >= :least
), pairs AS MATERIALIZED (
    SELECT a.kind AS a, b.kind AS b, a.n AS n_a, b.n AS n_b, bit_count(a.bits & b.bits) AS n_ab
    FROM held a JOIN held b ON b.kind > a.kind
), both_ways AS (
    SELECT a, b, n_a, n_b, n_ab FROM pairs WHERE n_ab >= :least
    UNION ALL SELECT b, a, n_b, n_a, n_ab FROM pairs WHERE n_ab >= :least
), near AS (
    SELECT *, floor(sqrt(n_ab::numeric * n_ab * 100000000 / (n_a * n_b)))::int AS cosine
    FROM both_ways
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY a ORDER BY cosine DESC, b) AS place FROM near
)
INSERT INTO product_neighbours
    (brand_id, product, place, neighbour, n_product, n_neighbour, n_both, cosine)
SELECT :brand, a.name, place, b.name, n_a, n_b, n_ab, cosine
FROM placed JOIN names a ON a.kind = placed.a JOIN names b ON b.kind = placed.b
WHERE place <= :places
"""  # noqa: S608 - ours
OF_STORE = "AND o.store_id = :store"
SOLD_THERE = """AND p.id IN (
    SELECT l.product_id FROM orders o
    JOIN order_lines l ON (l.brand_id, l.order_id) = (o.brand_id, o.id)
    WHERE o.brand_id = :brand AND o.store_id = :store
)"""
WHOLE = {"which": "", "sold": ""}
TOTALS = {
    Basis.ORDERS: f"""SELECT count(*) FROM orders o
    WHERE o.brand_id = :brand AND {STANDS} %(which)s""",  # noqa: S608 - ours
    Basis.MEMBERS: f"SELECT count(*) FROM ({CHOSEN}) AS chosen",  # noqa: S608 - ours
}
PLAN = """
INSERT INTO insight_counts (brand_id, basis, store_id, planned_at, planned_to, due_at, total)
SELECT :brand, basis, store_id, :now, newest, :now, 0
FROM (
    SELECT 'orders' AS basis, store_id, max(id) AS newest FROM orders
    WHERE brand_id = :brand AND id > :seen GROUP BY store_id
    UNION ALL
    SELECT basis, 0, max(id) FROM orders, (VALUES ('orders'), ('members')) AS whole (basis)
    WHERE brand_id = :brand AND id > :seen GROUP BY basis
) AS fresh
ORDER BY basis, store_id
ON CONFLICT (brand_id, basis, store_id) DO UPDATE SET
    planned_at = excluded.planned_at, planned_to = excluded.planned_to, due_at = excluded.due_at
"""


def plan(now: datetime) -> None:
    """What has new orders is due: the brand, and each store that sold. Without any, nothing."""
    whole = select(Count.planned_to).filter_by(basis=Basis.ORDERS, store_id=WHOLE_BRAND)
    seen = session.scalar(whole) or 0
    session.execute(text(PLAN), {"brand": db.current_brand_id(), "now": now, "seen": seen})


def recount(basis: Basis, store_id: int, *, wait: bool = False) -> bool:
    """Replace the rows of one count by what the orders say now; False when somebody else is at
    it, unless asked to `wait`. An order that comes meanwhile leaves it due."""
    if not _lock(basis, store_id, wait=wait):
        return False
    count = _count(basis, store_id)
    due_at = count.due_at if count else None
    session.execute(text(ROOM))
    session.execute(text(LONG_PATIENCE if wait else PATIENCE))
    total = _total(basis, store_id)
    (_count_pairs if basis is Basis.ORDERS else _count_neighbours)(store_id)
    _settle(basis, store_id, total, due_at)
    return True


def is_stale(basis: Basis, store_id: int) -> bool:
    """Whether orders came since it was counted last."""
    count = _count(basis, store_id)
    if count is None or count.counted_at is None or count.due_at is not None:
        return True
    newer = text(
        "SELECT 1 FROM orders WHERE brand_id = :brand AND id > :seen"
        " AND (:store = 0 OR store_id = :store) LIMIT 1"
    )
    asked = {"brand": db.current_brand_id(), "seen": count.planned_to, "store": store_id}
    return session.scalar(newer, asked) is not None


def _lock(basis: Basis, store_id: int, *, wait: bool) -> bool:
    """Until the transaction ends. Readers are not held up, nor is the one who plans."""
    key = {"name": f"insights:{db.current_brand_id()}:{basis}:{store_id}"}
    if wait:
        session.execute(text(WAIT))
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), key)
        return True
    taken = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    return bool(session.scalar(taken, key))


def _count(basis: Basis, store_id: int) -> Count | None:
    return session.get(Count, (db.current_brand_id(), basis, store_id), populate_existing=True)


def _total(basis: Basis, store_id: int) -> int:
    which = OF_STORE if store_id else ""
    asked = {"brand": db.current_brand_id(), "store": store_id, "most": MOST_MEMBERS}
    return session.scalar(text(TOTALS[basis] % {"which": which}), asked) or 0


def _count_pairs(store_id: int) -> None:
    session.execute(delete(ProductPair).where(ProductPair.store_id == store_id))
    scope = {"which": OF_STORE, "sold": SOLD_THERE} if store_id else WHOLE
    _insert((KINDS + PAIRS) % scope, store=store_id)


def _count_neighbours(_whole_brand: int) -> None:
    session.execute(delete(Neighbour))
    _insert((KINDS + NEIGHBOURS) % WHOLE, places=PLACES, most=MOST_MEMBERS)


def _insert(statement: str, **asked: int) -> None:
    session.execute(text(statement), {"brand": db.current_brand_id(), "least": LEAST} | asked)


def _settle(basis: Basis, store_id: int, total: int, due_at: datetime | None) -> None:
    """Counted; due no more, unless it became due again while it was counted."""
    mine = (Count.basis == basis) & (Count.store_id == store_id)
    session.execute(update(Count).where(mine).values(total=total, counted_at=clock.now()))
    done = update(Count).where(mine, Count.due_at == due_at)
    session.execute(done.values(due_at=None))
