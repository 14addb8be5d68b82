"""Reading what members bought."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from app.catalog.models import Product
from app.core import db, paging
from app.core.db import session
from app.core.paging import Page
from app.orders.models import Order, OrderLine, OrderState
from app.stores.models import Store

HABITS = """
WITH hers AS MATERIALIZED (
    SELECT paid_at, paid_fen FROM orders WHERE brand_id = :brand AND member_id = :member
), gaps AS (
    SELECT day - lag(day) OVER (ORDER BY day) AS gap
    FROM (SELECT DISTINCT CAST(timezone(:zone, paid_at) AS date) AS day FROM hers) AS days
), total AS (
    SELECT count(*) AS order_count, CAST(COALESCE(sum(paid_fen), 0) AS bigint) AS paid_fen,
           max(paid_at) AS last_paid_at FROM hers
), middle AS (
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS days, count(gap) AS gap_count
    FROM gaps
)
SELECT * FROM total, middle
"""
# A page after the order `after`, each with its lines; the dearest line first.
PAGE = """
SELECT receipt.id, receipt.paid_at, receipt.paid_fen, receipt.state, store.name AS store, (
    SELECT json_agg(json_build_object(
        'name', concat_ws(' ', product.name, product.package),
        'quantity', line.quantity, 'paid_fen', line.paid_fen
    ) ORDER BY line.paid_fen DESC, line.line_no)
    FROM order_lines line
    JOIN products product ON (product.brand_id, product.id) = (:brand, line.product_id)
    WHERE line.brand_id = :brand AND line.order_id = receipt.id
) AS lines
FROM orders receipt JOIN stores store ON (store.brand_id, store.id) = (:brand, receipt.store_id)
WHERE receipt.brand_id = :brand AND receipt.member_id = :member
    AND (CAST(:after AS bigint) IS NULL OR (receipt.paid_at, receipt.id) < (
        SELECT paid_at, id FROM orders
        WHERE brand_id = :brand AND member_id = :member AND id = :after))
ORDER BY receipt.paid_at DESC, receipt.id DESC LIMIT :limit
"""


@dataclass(frozen=True)
class Summary:
    """A member's purchases in three figures."""

    order_count: int
    paid_fen: int
    last_paid_at: datetime | None


@dataclass(frozen=True)
class Receipt:
    """An order by its number, and the store's name."""

    order_no: str
    store: str


@dataclass(frozen=True)
class Line:
    """Goods on a receipt, with their size or shade."""

    name: str
    quantity: int
    paid_fen: int


@dataclass(frozen=True)
class Whole:
    """An order with all its lines."""

    id: int
    paid_at: datetime
    paid_fen: int
    state: OrderState
    store: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Rhythm:
    """The median of the days between the days she bought on, and of how many gaps it is."""

    days: int | None
    gap_count: int


def habits(member_id: int, zone: str) -> tuple[Summary, Rhythm]:
    """How much and how often she buys, in one query; no days while she bought on one day alone."""
    asked = {"brand": db.current_brand_id(), "member": member_id, "zone": zone}
    row = session.execute(text(HABITS), asked).one()
    days = None if row.days is None else round(row.days)
    return Summary(row.order_count, row.paid_fen, row.last_paid_at), Rhythm(days, row.gap_count)


def buyers(member_ids: Collection[int]) -> set[int]:
    """Those of them who have bought before."""
    theirs = select(Order.member_id).where(Order.member_id.in_(member_ids)).distinct()
    return {member_id for member_id in session.scalars(theirs) if member_id}


def last_orders(member_ids: Collection[int]) -> dict[int, Order]:
    """Each member's newest order."""
    newest = (
        select(Order)
        .ext(distinct_on(Order.member_id))
        .where(Order.member_id.in_(member_ids))
        .order_by(Order.member_id, Order.paid_at.desc())
    )
    return {order.member_id: order for order in session.scalars(newest) if order.member_id}


def last_order(member_id: int) -> Order | None:
    """Her newest order."""
    return last_orders([member_id]).get(member_id)


def recent(member_id: int, limit: int = 3) -> list[Order]:
    """Her newest orders."""
    mine = select(Order).filter_by(member_id=member_id).order_by(Order.paid_at.desc())
    return list(session.scalars(mine.limit(limit)))


def page(member_id: int, after: int | None, limit: int) -> Page[Whole]:
    """Her orders with their lines, the newest first, after this one, in one query."""
    asked = {"brand": db.current_brand_id(), "member": member_id, "after": after}
    rows = session.execute(text(PAGE), asked | {"limit": limit + 1}).mappings()
    return paging.cut([_whole(row) for row in rows], limit, lambda order: order.id)


def _whole(row: RowMapping) -> Whole:
    lines = [Line(**line) for line in row["lines"] or []]
    return Whole(**dict(row) | {"lines": lines, "state": OrderState(row["state"])})


def product_names(
    order_ids: Collection[int], *, with_package: bool = False
) -> dict[int, list[str]]:
    """What was on these receipts, dearest line first; `with_package`: its size or shade too."""
    whole = func.concat_ws(" ", Product.name, Product.package)
    lines = (
        select(OrderLine.order_id, whole if with_package else Product.name)
        .join(Product, Product.id == OrderLine.product_id)
        .where(OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.order_id, OrderLine.paid_fen.desc())
    )
    found: dict[int, list[str]] = {}
    for order_id, name in session.execute(lines):
        found.setdefault(order_id, []).append(name)
    return found


def receipts(order_ids: Collection[int]) -> dict[int, Receipt]:
    """The number of each order, and where it was."""
    rows = (
        select(Order.id, Order.order_no, Store.name)
        .join(Store, Store.id == Order.store_id)
        .where(Order.id.in_(order_ids))
    )
    return {row.id: Receipt(row.order_no, row.name) for row in session.execute(rows)}


def summary(member_id: int) -> Summary:
    """How often, how much, when last."""
    figures = select(
        func.count(), func.coalesce(func.sum(Order.paid_fen), 0), func.max(Order.paid_at)
    ).where(Order.member_id == member_id)
    count, paid, last = session.execute(figures).one()
    return Summary(count, int(paid), last)


def buyer(order_no: str, paid_fen: int) -> int | None:
    """Whose order this is; None unless exactly one has this number and this amount, and a
    buyer."""
    same = select(Order.member_id).where(
        Order.order_no == order_no, Order.paid_fen == paid_fen, Order.member_id.is_not(None)
    )
    found = set(session.scalars(same.limit(2)).all())
    return found.pop() if len(found) == 1 else None
