"""Reading what members bought."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Date, cast, func, select
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


@dataclass(frozen=True)
class Rhythm:
    """The median of the days between the days she bought on, and of how many gaps it is."""

    days: int | None
    gap_count: int


def rhythm(member_id: int, zone: str) -> Rhythm:
    """How often she comes to buy; no days while she bought on one day alone."""
    day = cast(func.timezone(zone, Order.paid_at), Date)
    days = select(day.label("day")).where(Order.member_id == member_id).distinct().subquery()
    gap = days.c.day - func.lag(days.c.day).over(order_by=days.c.day)
    gaps = select(gap.label("gap")).subquery()
    middle = func.percentile_cont(0.5).within_group(gaps.c.gap)
    median, count = session.execute(select(middle, func.count(gaps.c.gap))).one()
    return Rhythm(None if median is None else round(median), count)


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


def buyer(order_no: str, paid_fen: int) -> int | None:
    """Whose order this is; None unless exactly one has this number and this amount, and a
    buyer."""
    same = select(Order.member_id).where(
        Order.order_no == order_no, Order.paid_fen == paid_fen, Order.member_id.is_not(None)
    )
    found = set(session.scalars(same.limit(2)).all())
    return found.pop() if len(found) == 1 else None
