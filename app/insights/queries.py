"""Reading what was counted, and what one member buys how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import select, text

from app.core import db
from app.core.db import session
from app.insights.figures import GOODS, KEPT
from app.insights.models import Basis, Count, ProductPair

HABITS = f"""
SELECT p.name AS product, count(DISTINCT day) AS days, min(day) AS first, max(day) AS last
FROM (
    SELECT id, CAST(timezone(:zone, paid_at) AS date) AS day FROM orders
    WHERE brand_id = :brand AND member_id = :member
) AS hers
JOIN order_lines l ON (l.brand_id, l.order_id) = (:brand, hers.id)
JOIN products p ON (p.brand_id, p.id) = (:brand, l.product_id)
WHERE {GOODS} AND {KEPT}
GROUP BY p.name ORDER BY p.name COLLATE "C"
"""  # noqa: S608 - ours
# Both ways round: what goes with the given one, half again as often as by chance. The store's
# own counts where it has any, else the brand's.
PARTNERS = """
SELECT partner, n_ab AS both_count, n_given AS given_count, n_partner AS partner_count, total
FROM (
    SELECT store_id, product_b AS partner, n_a AS n_given, n_b AS n_partner, n_ab
    FROM product_pairs WHERE brand_id = :brand AND product_a = :given AND store_id IN (0, :store)
    UNION ALL
    SELECT store_id, product_a, n_b, n_a, n_ab
    FROM product_pairs WHERE brand_id = :brand AND product_b = :given AND store_id IN (0, :store)
) AS partners
JOIN insight_counts c ON (c.brand_id, c.basis, c.store_id) = (:brand, 'orders', partners.store_id)
WHERE n_ab::numeric * total * 2 >= n_given::numeric * n_partner * 3
ORDER BY partners.store_id = 0, n_ab DESC, partner COLLATE "C" LIMIT 1
"""
# All that she bought speaks for a neighbour with its cosine; the nearest of hers is the reason.
NEXT = """
SELECT (array_agg(product ORDER BY cosine DESC, product))[1] AS given, neighbour AS partner,
    (array_agg(n_both ORDER BY cosine DESC, product))[1] AS both_count,
    (array_agg(n_product ORDER BY cosine DESC, product))[1] AS given_count,
    n_neighbour AS partner_count, max(total) AS total
FROM product_neighbours n
JOIN insight_counts c ON (c.brand_id, c.basis, c.store_id) = (n.brand_id, 'members', 0)
WHERE n.brand_id = :brand AND product = ANY(:hers) AND neighbour <> ALL(:hers)
    AND n_both * total > n_product * n_neighbour
GROUP BY neighbour, n_neighbour
ORDER BY sum(cosine) DESC, neighbour LIMIT 1
"""


@dataclass(frozen=True)
class Habit:
    """A product she buys: on how many different days, and the first and last of them."""

    product: str
    days: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Pair:
    """Two products and in how many orders: each, and both."""

    product_a: str
    product_b: str
    n_a: int
    n_b: int
    n_ab: int


@dataclass(frozen=True)
class Together:
    """Counts behind a sentence: of `total`, those with the given one, its partner, and both."""

    given: str
    partner: str
    both_count: int
    given_count: int
    partner_count: int
    total: int


def habits(member_id: int, zone: str) -> list[Habit]:
    """All she ever bought, by kind of product, counted in days of this zone."""
    asked = {"brand": db.current_brand_id(), "member": member_id, "zone": zone}
    return [Habit(**row) for row in session.execute(text(HABITS), asked).mappings()]


def partner(given: str, store_id: int) -> Together | None:
    """What is most often in one basket with it, and half again as often as by chance."""
    asked = {"brand": db.current_brand_id(), "given": given, "store": store_id}
    row = session.execute(text(PARTNERS), asked).mappings().one_or_none()
    return Together(given=given, **row) if row else None


def next_for(products: Sequence[str]) -> Together | None:
    """What people who bought these buy and she has not: by the sum of cosines, ties by name."""
    asked = {"brand": db.current_brand_id(), "hers": list(products)}
    row = session.execute(text(NEXT), asked).mappings().one_or_none()
    return Together(**row) if row else None


def pairs(store_id: int, *, least: int) -> list[Pair]:
    """Pairs in at least so many baskets, the most frequent first, ties by name."""
    columns = [getattr(ProductPair, each.name) for each in fields(Pair)]
    mine = ProductPair.store_id == store_id, ProductPair.n_ab >= least
    order = ProductPair.n_ab.desc(), ProductPair.product_a, ProductPair.product_b
    return [Pair(*row) for row in session.execute(select(*columns).where(*mine).order_by(*order))]


def total(basis: Basis, store_id: int) -> int:
    """How many orders or members the last count was made of."""
    count = select(Count.total).filter_by(basis=basis, store_id=store_id)
    return session.scalar(count) or 0
