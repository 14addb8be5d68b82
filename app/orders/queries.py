"""Reading what members bought."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.catalog.models import Product
from app.core.db import session
from app.orders.models import Order, OrderLine


@dataclass(frozen=True)
class Summary:
    """A member's purchases in three figures."""

    order_count: int
    paid_fen: int
    last_paid_at: datetime | None


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


def product_names(order_ids: Collection[int]) -> dict[int, list[str]]:
    """What was on these receipts, dearest line first."""
    lines = (
        select(OrderLine.order_id, Product.name)
        .join(Product, Product.id == OrderLine.product_id)
        .where(OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.order_id, OrderLine.paid_fen.desc())
    )
    found: dict[int, list[str]] = {}
    for order_id, name in session.execute(lines):
        found.setdefault(order_id, []).append(name)
    return found


def summary(member_id: int) -> Summary:
    """How often, how much, when last."""
    figures = select(
        func.count(), func.coalesce(func.sum(Order.paid_fen), 0), func.max(Order.paid_at)
    ).where(Order.member_id == member_id)
    count, paid, last = session.execute(figures).one()
    return Summary(count, int(paid), last)
