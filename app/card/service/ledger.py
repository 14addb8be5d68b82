"""Her points, explained: what she has, what it is made of, and every movement that brought it
there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.brands import service as brands
from app.brands.models import Brand
from app.card.service import shown
from app.card.service.sessions import Visitor, fan_of
from app.orders import queries as orders
from app.orders.queries import Receipt
from app.points import queries as points
from app.points import service as ledger
from app.points.queries import Expiring
from app.points.queries.story import Line

A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Row:
    """One movement as she reads it: what, where, how many, and what she had after it."""

    at: datetime
    day: str
    words: str
    store: str
    order_no: str
    points: int
    pending: int
    balance: int


@dataclass(frozen=True)
class Dated:
    """So many points on a day of the brand's calendar."""

    amount: int
    at: datetime
    day: str


def story(visitor: Visitor, before: str) -> dict[str, object]:
    """Newest first; all lines together come to `shown`. A person without a card has none.

    Raises BadInput for a `before` that is none of ours.
    """
    member_id, brand = fan_of(visitor).member_id or 0, brands.get(visitor.brand_id)
    told = points.story(member_id, before)
    held = told.balances
    days = points.days_of(member_id, held)
    return {
        "brand": shown.dressed(brand),
        "shown": held.shown,
        "available": held.available,
        "pending": held.pending,
        "held": held.held,
        "owed": held.owed,
        "parts": points.parts_of(member_id, held),
        "ripening": [_ripens(one, brand) for one in days.ripening],
        "lapsing": [_lapses(one, brand) for one in days.lapsing],
        "worth": ledger.worth(),
        "lines": _rows(told.lines, brand),
        "next": told.next,
    }


def _ripens(one: Expiring, brand: Brand) -> Dated:
    return Dated(one.amount, one.at, shown.dated(one.at, brand))


def _lapses(one: Expiring, brand: Brand) -> Dated:
    """By the last day on which she can use them."""
    return Dated(one.amount, one.at, shown.dated(one.at - A_MOMENT, brand))


def _rows(lines: Sequence[Line], brand: Brand) -> list[Row]:
    receipts = orders.receipts({line.order_id for line in lines if line.order_id})
    return [_row(line, receipts.get(line.order_id or 0), brand) for line in lines]


def _row(line: Line, receipt: Receipt | None, brand: Brand) -> Row:
    return Row(
        at=line.at,
        day=shown.dated(line.at, brand),
        words=line.words,
        store=receipt.store if receipt else "",
        order_no=receipt.order_no if receipt else "",
        points=line.points,
        pending=line.pending,
        balance=line.balance,
    )
