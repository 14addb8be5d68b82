"""Moments from the stores: visits, purchases, returns."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import and_, select

from app.catalog.models import Product
from app.core import clock
from app.core.db import session
from app.core.money import yuan
from app.orders.models import Order, OrderLine
from app.single_view import words
from app.single_view.timeline.moments import Kind, Moment, Whose, Window
from app.staff.models import Staff
from app.stores.models import QrCode, Store
from app.visits.models import Visit, VisitState

STILL_HERE = timedelta(hours=1)  # a later scan would be another visit
SHOWN_LINES = 4


def visits(whose: Whose, window: Window) -> list[Moment]:
    """Her scans in stores, who looked after her, how it ended."""
    wanted = (
        select(Visit, Store.name, QrCode.place, Staff.name)
        .join(Store, and_(Store.brand_id == Visit.brand_id, Store.id == Visit.store_id))
        .join(QrCode, and_(QrCode.brand_id == Visit.brand_id, QrCode.id == Visit.qr_code_id))
        .outerjoin(Staff, and_(Staff.brand_id == Visit.brand_id, Staff.id == Visit.claimed_by_id))
        .where(Visit.fan_id.in_(whose.fan_ids), window.holds(Visit.scanned_at, Visit.id))
        .order_by(Visit.scanned_at.desc(), Visit.id.desc())
        .limit(window.limit)
    )
    return [_visit(*row) for row in session.execute(wanted)]


def _visit(visit: Visit, store: str, place: str, guide: str | None) -> Moment:
    is_here = is_in_store(visit)
    parts = [place, f"{guide} 接待" if guide else "", words.outcome(visit.outcome)]
    return Moment(
        at=visit.scanned_at,
        kind=Kind.VISIT,
        key=str(visit.id),
        icon="scan",
        words=f"在{store}扫码",
        details=[" · ".join(part for part in parts if part)],
        badge="现在在店" if is_here else "",
        tone="is-done" if is_here else "",
    )


def is_in_store(visit: Visit) -> bool:
    """Whether she may still be there: scanned within the hour, and nobody saw her off."""
    return visit.state != VisitState.DONE and clock.now() - visit.scanned_at < STILL_HERE


def orders(whose: Whose, window: Window) -> list[Moment]:
    """Receipts with their dearest lines; a sum below nought is a return."""
    wanted = (
        select(Order, Store.name)
        .join(Store, and_(Store.brand_id == Order.brand_id, Store.id == Order.store_id))
        .where(Order.member_id == whose.member_id, window.holds(Order.paid_at, Order.id))
        .order_by(Order.paid_at.desc(), Order.id.desc())
        .limit(window.limit)
    )
    found = [(order, store) for order, store in session.execute(wanted)]
    lines = _lines({order.id for order, _ in found})
    return [_order(order, store, lines.get(order.id, [])) for order, store in found]


def _order(order: Order, store: str, lines: list[str]) -> Moment:
    is_return = order.paid_fen < 0
    more = [f"还有 {len(lines) - SHOWN_LINES} 样"] if len(lines) > SHOWN_LINES else []
    coupon = [f"券 {yuan(-order.coupon_fen)}"] if order.coupon_fen else []
    return Moment(
        at=order.paid_at,
        kind=Kind.PURCHASE,
        key=str(order.id),
        icon="back" if is_return else "coin",
        words=f"在{store}{'退货' if is_return else '购买'} {yuan(abs(order.paid_fen))}",
        details=[*lines[:SHOWN_LINES], *more, *coupon],
    )


def _lines(order_ids: Collection[int]) -> dict[int, list[str]]:
    if not order_ids:
        return {}
    named = and_(Product.brand_id == OrderLine.brand_id, Product.id == OrderLine.product_id)
    wanted = (
        select(OrderLine.order_id, Product.name, OrderLine.quantity, OrderLine.paid_fen)
        .join(Product, named)
        .where(OrderLine.order_id.in_(order_ids))
        .order_by(OrderLine.order_id, OrderLine.paid_fen.desc(), OrderLine.line_no)
    )
    found: dict[int, list[str]] = {}
    for order_id, name, quantity, paid_fen in session.execute(wanted):
        found.setdefault(order_id, []).append(f"{name} ×{quantity}　{yuan(paid_fen)}")
    return found
