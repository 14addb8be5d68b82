"""Staged till lines become orders, lines, points and tiers, in key order and in ranges.

A range is one transaction: its orders never stand without their lines. What is known already
is left alone, so a killed import is simply done again.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from sqlalchemy import FromClause, and_, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.catalog import bulk as catalog
from app.catalog.models import Product
from app.core import bulk, db
from app.core.bulk import Rows
from app.core.db import session
from app.imports import buried, checks
from app.imports import staging as tables
from app.imports.checks import CONTENT, SOURCE
from app.imports.staging import Staging
from app.imports.steps import ranges, side_by_side, step
from app.members import bulk as members
from app.orders import bulk as orders
from app.orders.models import Order, OrderLine
from app.points import bulk as points
from app.points.earning import bulk as earning
from app.points.tier_policy import tier_policy

ORDERS_A_STEP = 5_000
POINTS_A_STEP = 20_000
Range = tuple[int, int]


def check(brand_id: int, staging: Staging, zone: str) -> int:
    """Group the staged lines into orders and resolve what they name; note what breaks a rule.

    Answers how many lines were left out because they are of people who were erased."""
    with step(brand_id):
        left_out = buried.leave_out_lines(staging)
        checks.set_repeats_aside(staging)
    with step(brand_id):
        checks.group_into_orders(staging, zone)
        _resolve_products(staging)
        checks.note_changed_lines(staging)
    return left_out


def last_position(brand_id: int, staging: Staging) -> int:
    """The highest number that a staged order has."""
    with step(brand_id):
        return session.scalar(select(func.max(staging.orders.c.position))) or 0


def _resolve_products(staging: Staging) -> None:
    """Products of the good lines; one that no master lists is kept as such, never dropped."""
    lines, skus = staging.lines.c, staging.skus.c
    good = select(staging.orders.c.order_no)
    sold = select(lines.sku).where(lines.order_no.in_(good)).distinct()
    session.execute(staging.skus.insert().from_select(["sku"], sold))
    tables.analyze(staging.skus)
    same = and_(Product.brand_id == db.current_brand_id(), Product.sku == skus.sku)
    unknown = select(
        skus.sku,
        func.concat("未列商品 ", skus.sku).label("name"),
        literal(False).label("is_listed"),
    ).where(~select(Product.id).where(same).exists())
    catalog.add_unlisted(unknown.order_by(skus.sku))
    session.execute(staging.skus.update().values(product_id=Product.id).where(same))
    tables.analyze(staging.skus)


def add_orders(brand_id: int, staging: Staging, last: int, report: Callable[[int], None]) -> None:
    """Write the orders up to this position with their lines, on two connections at once."""
    todo: queue.SimpleQueue[Range] = queue.SimpleQueue()
    for part in ranges(last, ORDERS_A_STEP):
        todo.put(part)
    work = partial(_work_off, brand_id, staging, todo, report)
    side_by_side(work, work)
    with step(brand_id):
        bulk.refresh_statistics(Order, OrderLine)


def _work_off(
    brand_id: int,
    staging: Staging,
    todo: queue.SimpleQueue[Range],
    report: Callable[[int], None],
) -> None:
    while (part := _next(todo)) is not None:
        with step(brand_id):
            _add_new_orders(staging, part)
            _complete_known_orders(staging, part)
        report(part[1] - part[0] + 1)


def _next(todo: queue.SimpleQueue[Range]) -> Range | None:
    try:
        return todo.get_nowait()
    except queue.Empty:
        return None


def _add_new_orders(staging: Staging, part: Range) -> int:
    rows = staging.orders.c
    new = orders.new_orders(
        select(
            literal(SOURCE).label("source"),
            rows.order_no,
            rows.member_id,
            rows.store_id,
            rows.paid_at,
            rows.paid_fen,
            rows.list_fen,
            rows.coupon_fen,
            literal("import").label("origin"),
        )
        .where(rows.position.between(*part), rows.order_id.is_(None))
        .order_by(rows.position)
    )
    return orders.add_lines(_lines_of(staging, new, new.c.id))


def _complete_known_orders(staging: Staging, part: Range) -> None:
    """Add lines that a known order lacks: a corrected error file brings them later."""
    rows = staging.orders.c
    known = and_(rows.position.between(*part), rows.order_id.is_not(None))
    if session.scalar(select(rows.order_id).where(known).limit(1)) is None:
        return
    found = select(rows.order_id, rows.order_no).where(known).subquery("known")
    lines = _lines_of(staging, found, found.c.order_id)
    there = (
        select(OrderLine.line_no)
        .where(
            OrderLine.brand_id == db.current_brand_id(),
            OrderLine.order_id == found.c.order_id,
            OrderLine.line_no == staging.lines.c.line_no,
        )
        .exists()
    )
    if orders.add_missing_lines(lines.where(~there)):
        orders.recount(select(rows.order_id).where(known))


def _lines_of(staging: Staging, found: FromClause, order_id: Any) -> Rows:
    lines, skus = staging.lines.c, staging.skus.c
    return (
        select(
            order_id.label("order_id"),
            lines.line_no,
            skus.product_id,
            *(lines[name] for name in CONTENT),
        )
        .join_from(found, staging.lines, lines.order_no == found.c.order_no)
        .join(staging.skus, skus.sku == lines.sku)
        .order_by(order_id, lines.line_no)
    )


def add_points(brand_id: int, staging: Staging, last: int, report: Callable[[int], None]) -> None:
    """Points of the staged orders, then tiers and main stores of their members.

    On one connection: ranges share members, and two would wait for each other's accounts.
    """
    for part in ranges(last, POINTS_A_STEP):
        with step(brand_id):
            points.earn(_earned(staging, part), kind="order")
        report(part[1] - part[0] + 1)
    with step(brand_id):
        points.set_growth(_months(staging))
        points.set_tiers(_spent(staging))
        members.set_main_stores(_favourite_stores(staging))


def _earned(staging: Staging, part: Range) -> Rows:
    rows = staging.orders.c
    same = and_(
        Order.brand_id == db.current_brand_id(),
        Order.source == SOURCE,
        Order.order_no == rows.order_no,
    )
    return (
        select(
            Order.member_id,
            earning.points_for(Order.paid_fen, Order.paid_at).label("amount"),
            func.concat("order:", Order.id).label("reference"),
            Order.paid_at.label("at"),
        )
        .join_from(staging.orders, Order, same)
        .where(rows.position.between(*part), Order.member_id.is_not(None))
    )


def _spent(staging: Staging) -> Rows:
    total = func.sum(Order.paid_fen).label("spent_fen")
    mine = _orders_of_staged_members(staging)
    return select(Order.member_id, total).where(*mine).group_by(Order.member_id)


def _months(staging: Staging) -> Rows:
    """What each has bought by files, by the first moment of the month."""
    zone = tier_policy().zone.key
    month = func.date_trunc("month", func.timezone(zone, Order.paid_at))
    bought = (
        select(Order.member_id, func.timezone(zone, month).label("at"), Order.paid_fen)
        .where(*_orders_of_staged_members(staging), Order.origin == "import")
        .subquery("bought")
    )
    total = func.sum(bought.c.paid_fen).label("fen")
    return select(bought.c.member_id, bought.c.at, total).group_by(bought.c.member_id, bought.c.at)


def _favourite_stores(staging: Staging) -> Rows:
    """The store each member bought in most often."""
    visits = (
        select(Order.member_id, Order.store_id, func.count().label("times"))
        .where(*_orders_of_staged_members(staging))
        .group_by(Order.member_id, Order.store_id)
        .subquery()
    )
    first = distinct_on(visits.c.member_id)
    most = (visits.c.member_id, visits.c.times.desc(), visits.c.store_id)
    return select(visits.c.member_id, visits.c.store_id).ext(first).order_by(*most)


def _orders_of_staged_members(staging: Staging) -> Iterable[Any]:
    staged = select(staging.orders.c.member_id).distinct()
    return (Order.brand_id == db.current_brand_id(), Order.member_id.in_(staged))
