"""Orders and their lines, many at once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, func, or_, select, update

from app.core import bulk, db
from app.core.bulk import Rows
from app.orders.models import Order, OrderLine

TOTALS = ("paid_fen", "list_fen", "coupon_fen")


def new_orders(rows: Rows) -> CTE:
    """Insert orders inside a larger statement; it yields `id, order_no` of those really new."""
    statement = bulk.adding(Order, rows).on_conflict_do_nothing()
    return statement.returning(Order.id, Order.order_no).cte("new_orders")


def add_lines(rows: Rows) -> int:
    """Lines of orders that did not exist before. No ON CONFLICT: measured, it costs a quarter."""
    return bulk.count(bulk.adding(OrderLine, rows))


def add_missing_lines(rows: Rows) -> int:
    """Lines of orders that exist; those that stand there already stay as they are."""
    return bulk.insert_new(OrderLine, rows)


def recount(order_ids: Rows) -> int:
    """Set the totals of these orders to the sums of their lines, where they differ."""
    brand_id = db.current_brand_id()
    sums = (
        select(OrderLine.order_id, *(_sum(name) for name in TOTALS))
        .where(OrderLine.brand_id == brand_id, OrderLine.order_id.in_(order_ids))
        .group_by(OrderLine.order_id)
        .subquery()
    )
    differs = or_(*(getattr(Order, name) != sums.c[name] for name in TOTALS))
    ours = (Order.brand_id == brand_id) & (Order.id == sums.c.order_id)
    changed = update(Order).where(ours, differs)
    return bulk.count(changed.values({name: sums.c[name] for name in TOTALS}))


def _sum(name: str) -> Any:
    return func.sum(getattr(OrderLine, name)).label(name)
