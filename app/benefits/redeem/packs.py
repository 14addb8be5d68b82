"""Packs of coupons among the goods of an order: bought, they are opened; brought back, what of
them was not used is taken away."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from app.catalog.models import Product
from app.core.db import session
from app.coupons import service as coupons
from app.orders.models import Order, OrderLine
from app.orders.service import Returned


def open_packs(order: Order) -> None:
    """Each unit of a line that is a pack gives what lies in it, all or nothing; one that cannot be
    given (stock, limits) does not hinder the sale."""
    if order.member_id is None:
        return
    for line, pack_id in _packs(order):
        for number in range(1, line.quantity + 1):
            _open(order, order.member_id, pack_id, _unit(line, number))


def _open(order: Order, member_id: int, pack_id: int, reference: str) -> None:
    try:
        with session.begin_nested():
            coupons.open_pack(pack_id, member_id, reference=reference, order_id=order.id)
    except coupons.Refused:
        return


def take_packs_back(done: Returned) -> None:
    """Of the units that came back now."""
    if done.order is None or done.order.member_id is None:
        return
    taken = {each.line_no: each for each in done.taken}
    for line, pack_id in _packs(done.order):
        each = taken.get(line.line_no)
        for number in range(each.before + 1, each.after + 1) if each else ():
            coupons.take_back_pack(pack_id, done.order.member_id, reference=_unit(line, number))


def _packs(order: Order) -> Iterator[tuple[OrderLine, int]]:
    sold = (
        select(OrderLine, Product.sku)
        .join(Product, Product.id == OrderLine.product_id)
        .where(OrderLine.order_id == order.id)
        .order_by(OrderLine.line_no)
    )
    rows = session.execute(sold).all()
    known = coupons.packs_sold_as({sku for _, sku in rows})
    for line, sku in rows:
        if sku in known:
            yield line, known[sku]


def _unit(line: OrderLine, number: int) -> str:
    return f"{line.order_id}.{line.line_no}.{number}"
