"""What a line must be beyond its form: checked over the whole file at once, in SQL.

A line that breaks a rule is noted with its record number, field and reason. The rules look at
orders rather than lines where they can: there are ten times fewer.
"""

from __future__ import annotations

from sqlalchemy import (
    ColumnElement,
    Delete,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.selectable import Subquery

from app.core import bulk, db
from app.core.db import session
from app.imports import staging as tables
from app.imports.staging import Staging
from app.members.models import Member
from app.members.queries import standing_id
from app.orders.models import Order, OrderLine
from app.stores.models import Store

SOURCE = "till"
HEADER = ("store_code", "member_number", "paid_at")
SUMS = ("paid_fen", "list_fen", "coupon_fen")
CONTENT = (
    "quantity",
    "paid_fen",
    "list_fen",
    "retail_discount_fen",
    "coupon_fen",
    "coupon_match_fen",
)


def group_into_orders(staging: Staging, zone: str) -> None:
    """Make the orders of the good lines; note the lines that belong to none."""
    _group(staging, zone)
    if _set_strays_aside(staging):
        _group(staging, zone)
    _refuse_unknown(staging)
    _refuse_changed_orders(staging)
    tables.index(staging.orders, "position")


def set_repeats_aside(staging: Staging) -> None:
    """Sort the lines by order and line number; a second line by the same number goes.

    The index that the next steps need tells whether there is one: looking again costs seconds.
    """
    key = ("order_no", "line_no")
    try:
        tables.index(staging.lines, *key)
    except IntegrityError:
        _remove_repeats(staging)
        tables.index(staging.lines, *key)


def _remove_repeats(staging: Staging) -> None:
    lines = staging.lines.c
    repeated = (
        select(lines.order_no, lines.line_no, func.min(lines.record).label("first"))
        .group_by(lines.order_no, lines.line_no)
        .having(func.count() > 1)
        .subquery()
    )
    again = and_(
        lines.order_no == repeated.c.order_no,
        lines.line_no == repeated.c.line_no,
        lines.record > repeated.c.first,
    )
    gone = delete(staging.lines).where(again)
    _note_lines(staging, gone, "行号", "这张订单的这一行在文件里出现了两次；只收第一次的")


def _group(staging: Staging, zone: str) -> None:
    """Orders of the lines that are not grouped yet, in order of their numbers."""
    sums, orders = _sums(staging), staging.orders
    brand_id = db.current_brand_id()
    last = select(func.coalesce(func.max(orders.c.position), 0)).scalar_subquery()
    paid_at = func.timezone(zone, sums.c.paid_at)
    known = and_(
        Order.brand_id == brand_id, Order.source == SOURCE, Order.order_no == sums.c.order_no
    )
    rows = (
        select(
            (last + func.row_number().over(order_by=sums.c.order_no)).label("position"),
            sums.c.order_no,
            sums.c.is_mixed,
            Order.id.label("order_id"),
            Store.id.label("store_id"),
            sums.c.member_number,
            standing_id().label("member_id"),
            paid_at.label("paid_at"),
            *(sums.c[name] for name in SUMS),
        )
        .outerjoin(Store, and_(Store.brand_id == brand_id, Store.code == sums.c.store_code))
        .outerjoin(Member, and_(Member.brand_id == brand_id, Member.number == sums.c.member_number))
        .outerjoin(Order, known)
    )
    names = [column.name for column in rows.selected_columns]
    session.execute(insert(orders).from_select(names, rows))
    tables.analyze(orders)


def _sums(staging: Staging) -> Subquery:
    lines = staging.lines.c
    mixed = or_(*(func.min(_shown(staging, n)) != func.max(_shown(staging, n)) for n in HEADER))
    grouped = select(staging.orders.c.order_no).where(staging.orders.c.order_no == lines.order_no)
    return (
        select(
            lines.order_no,
            mixed.label("is_mixed"),
            *(func.min(lines[name]).label(name) for name in HEADER),
            *(func.sum(lines[name]).label(name) for name in SUMS),
        )
        .where(~grouped.exists())
        .group_by(lines.order_no)
        .subquery("sums")
    )


def _shown(staging: Staging, name: str) -> ColumnElement[str]:
    column = staging.lines.c[name]
    return func.coalesce(column, "") if name == "member_number" else column


def _set_strays_aside(staging: Staging) -> int:
    """Lines that name another store, member or time than the first line of their order."""
    lines, orders = staging.lines, staging.orders
    mixed = select(orders.c.order_no).where(orders.c.is_mixed)
    first = (
        select(lines.c.order_no, *(_shown(staging, name).label(name) for name in HEADER))
        .where(lines.c.order_no.in_(mixed))
        .ext(distinct_on(lines.c.order_no))
        .order_by(lines.c.order_no, lines.c.record)
        .subquery("first")
    )
    differs = or_(*(_shown(staging, name) != first.c[name] for name in HEADER))
    stray = delete(lines).where(lines.c.order_no == first.c.order_no, differs)
    reason = "同一张订单的门店、会员、付款时间要相同；与它的第一行不同"
    _note_lines(staging, stray, "订单号", reason)
    return bulk.count(delete(orders).where(orders.c.is_mixed))


def _refuse_unknown(staging: Staging) -> None:
    orders = staging.orders
    no_store = delete(orders).where(orders.c.store_id.is_(None))
    _note_orders(staging, no_store, "门店号", "没有这家门店；先在门店页加上它")
    no_member = and_(orders.c.member_number.is_not(None), orders.c.member_id.is_(None))
    _note_orders(
        staging, delete(orders).where(no_member), "会员号", "没有这位会员；先导入会员，或留空"
    )


def _refuse_changed_orders(staging: Staging) -> None:
    """History is not rewritten: an order that is known must be the same order."""
    orders = staging.orders.c
    differs = or_(
        Order.store_id != orders.store_id,
        Order.member_id.is_distinct_from(orders.member_id),
        Order.paid_at != orders.paid_at,
    )
    same = and_(Order.brand_id == db.current_brand_id(), Order.id == orders.order_id)
    changed = delete(staging.orders).where(same, differs)
    reason = "这张订单已经有了，门店、会员或付款时间不同；没有改动原单"
    _note_orders(staging, changed, "订单号", reason)


def note_changed_lines(staging: Staging) -> int:
    """Lines that stand in a known order with other content. They are kept as they stood."""
    lines, orders, skus = staging.lines.c, staging.orders.c, staging.skus.c
    differs = or_(
        OrderLine.product_id != skus.product_id,
        *(getattr(OrderLine, name) != lines[name] for name in CONTENT),
    )
    same = and_(
        OrderLine.brand_id == db.current_brand_id(),
        OrderLine.order_id == orders.order_id,
        OrderLine.line_no == lines.line_no,
    )
    rows = (
        select(
            lines.record,
            literal("行号").label("field"),
            literal("这一行已经导入过，内容不同；没有改动原来的").label("reason"),
        )
        .join_from(staging.orders, staging.lines, lines.order_no == orders.order_no)
        .join(staging.skus, skus.sku == lines.sku)
        .join(OrderLine, same)
        .where(orders.order_id.is_not(None), differs)
    )
    return bulk.count(insert(staging.problems).from_select(["record", "field", "reason"], rows))


def _note_lines(staging: Staging, gone: Delete, field: str, reason: str) -> None:
    removed = gone.returning(staging.lines.c.record).cte("removed")
    rows = select(removed.c.record, literal(field), literal(reason))
    session.execute(insert(staging.problems).from_select(["record", "field", "reason"], rows))


def _note_orders(staging: Staging, gone: Delete, field: str, reason: str) -> None:
    removed = gone.returning(staging.orders.c.order_no).cte("removed")
    rows = select(staging.lines.c.record, literal(field), literal(reason)).join_from(
        removed, staging.lines, staging.lines.c.order_no == removed.c.order_no
    )
    session.execute(insert(staging.problems).from_select(["record", "field", "reason"], rows))
