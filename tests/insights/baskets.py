"""Small baskets whose pairs can be counted by hand."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

from app.catalog.models import Product
from app.core.db import session
from app.members.models import Member
from app.orders.models import Order, OrderLine

_numbers = itertools.count(1)
NOON = datetime(2026, 11, 1, 4, tzinfo=UTC)


def product(name: str, *, department: str | None = "GROCERY", is_listed: bool = True) -> int:
    """A SKU of this kind; several may share one name."""
    sku = f"P{next(_numbers)}"
    row = Product(sku=sku, name=name, department=department, is_listed=is_listed)
    session.add(row)
    session.flush()
    return row.id


def member() -> int:
    """Somebody who buys."""
    row = Member(
        number=f"M{next(_numbers)}", origin="import", joined_on=NOON.date(), created_at=NOON
    )
    session.add(row)
    session.flush()
    return row.id


def order(
    store_id: int, products: Sequence[int], *, member_id: int | None = None, at: datetime = NOON
) -> None:
    """One receipt with a line for each."""
    row = Order(
        source="pos",
        order_no=f"N{next(_numbers)}",
        member_id=member_id,
        store_id=store_id,
        paid_at=at,
        paid_fen=100,
        list_fen=100,
        origin="pos",
    )
    session.add(row)
    session.flush()
    for number, product_id in enumerate(products, start=1):
        line = OrderLine(order_id=row.id, line_no=number, product_id=product_id, quantity=1)
        line.paid_fen = line.list_fen = 100
        session.add(line)
    session.flush()


def orders(count: int, store_id: int, *products: int) -> None:
    """The same basket so many times."""
    for _ in range(count):
        order(store_id, products)
