"""A store's day: what its till says, held against what stands here, difference by difference."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.core import clock, db
from app.core.db import session
from app.core.errors import BadInput
from app.orders.models import Order, OrderReturn, ReturnState, TillDay
from app.orders.service.told import TILL

MOST_ORDERS = 5_000


class TwiceTold(BadInput):
    code, title = "order_told_twice", "同一个订单号报了两次，去掉一个再对账"


@dataclass(frozen=True)
class Sums:
    """Sales and returns of a day, in number and in money."""

    count: int = 0
    fen: int = 0
    return_count: int = 0
    return_fen: int = 0


class Why(StrEnum):
    MISSING_HERE = "missing_here"  # the till sold it, it never came
    MISSING_THERE = "missing_there"  # it stands here, the till does not know it
    AMOUNT = "amount"


@dataclass(frozen=True)
class Difference:
    """One receipt on which the two do not agree."""

    order_no: str
    why: Why
    told_fen: int | None
    ours_fen: int | None


@dataclass(frozen=True)
class Day:
    """Both sides of a store's day. Without the till's list of receipts only sums can differ."""

    store_id: int
    day: date
    ours: Sums
    told: Sums | None = None
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        """Whether the till has spoken, and says the same."""
        return self.told == self.ours and not self.differences


def tell_day(store_id: int, day: date, sums: Sums, receipts: Collection[tuple[str, int]]) -> Day:
    """Keep what the till says, in place of what it said before, and compare. `receipts` are order
    numbers with what was paid. Raises TwiceTold."""
    numbers = [order_no for order_no, _ in receipts]
    if len(set(numbers)) < len(numbers):
        raise TwiceTold(fields={"json": {"orders": [TwiceTold.title]}})
    told = asdict(sums) | {"orders": [list(receipt) for receipt in receipts]}
    row = {"brand_id": db.current_brand_id(), "store_id": store_id, "day": day}
    news = {"told": told, "told_at": clock.now()}
    statement = insert(TillDay).values(row | news)
    session.execute(
        statement.on_conflict_do_update(index_elements=["brand_id", "store_id", "day"], set_=news)
    )
    return compare(store_id, day)


def compare(store_id: int, day: date) -> Day:
    """The store's day as both sides see it now."""
    known = session.scalar(select(TillDay.told).filter_by(store_id=store_id, day=day))
    ours = counted([store_id], day, day).get((store_id, day), Sums())
    if known is None:
        return Day(store_id, day, ours)
    return Day(store_id, day, ours, _sums(known), _differences(store_id, day, known["orders"]))


def days(store_ids: Collection[int], since: date, until: date) -> list[Day]:
    """Days of these stores on which either side has something, the newest first."""
    ours = counted(store_ids, since, until)
    rows = select(TillDay).where(TillDay.store_id.in_(store_ids), TillDay.day.between(since, until))
    told = {(row.store_id, row.day): row.told for row in session.scalars(rows)}
    found = sorted(ours.keys() | told.keys(), key=lambda key: (-key[1].toordinal(), key[0]))
    return [_day(key, ours, told) for key in found]


Key = tuple[int, date]


def _day(key: Key, ours: Mapping[Key, Sums], told: Mapping[Key, Any]) -> Day:
    sums, known = ours.get(key, Sums()), told.get(key)
    if known is None:
        return Day(*key, sums)
    is_same = _sums(known) == sums and not known["orders"]
    differences = [] if is_same else _differences(*key, known["orders"])
    return Day(*key, sums, _sums(known), differences)


def counted(store_ids: Collection[int], since: date, until: date) -> dict[Key, Sums]:
    """What stands here, by store and day on the brand's calendar: sales by when they were paid,
    returns by when they were brought back, also those that wait for their sale."""
    sales = _by_day(Order, Order.paid_at, Order.paid_fen, store_ids, since, until)
    back = _by_day(
        OrderReturn, OrderReturn.returned_at, OrderReturn.refund_fen, store_ids, since, until
    )
    return {key: Sums(*sales.get(key, (0, 0)), *back.get(key, (0, 0))) for key in sales | back}


def _by_day(
    model: Any, at: Any, fen: Any, store_ids: Collection[int], since: date, until: date
) -> dict[Key, tuple[int, int]]:
    zone = brands.get(db.current_brand_id()).zoneinfo
    day = cast(func.timezone(zone.key, at), Date)
    begins, ends = clock.day_bounds(since, zone)[0], clock.day_bounds(until, zone)[1]
    of_tills = model.source == TILL, model.store_id.in_(store_ids), at >= begins, at < ends
    rows = select(model.store_id, day, func.count(), func.sum(fen)).where(*of_tills)
    if model is OrderReturn:
        rows = rows.where(OrderReturn.state != ReturnState.REFUSED)
    found = session.execute(rows.group_by(model.store_id, day))
    return {(store_id, on): (count, int(total)) for store_id, on, count, total in found}


def _differences(store_id: int, day: date, receipts: list[tuple[str, int]]) -> list[Difference]:
    if not receipts:
        return []
    told: dict[str, int] = dict(receipts)
    ours = _receipts(store_id, day)
    return [
        Difference(order_no, _why(order_no, told, ours), told.get(order_no), ours.get(order_no))
        for order_no in sorted(told.keys() | ours.keys())
        if told.get(order_no) != ours.get(order_no)
    ]


def _why(order_no: str, told: dict[str, int], ours: dict[str, int]) -> Why:
    if order_no not in ours:
        return Why.MISSING_HERE
    return Why.AMOUNT if order_no in told else Why.MISSING_THERE


def _receipts(store_id: int, day: date) -> dict[str, int]:
    begins, ends = clock.day_bounds(day, brands.get(db.current_brand_id()).zoneinfo)
    rows = select(Order.order_no, Order.paid_fen).where(
        Order.source == TILL,
        Order.store_id == store_id,
        Order.paid_at >= begins,
        Order.paid_at < ends,
    )
    return {row.order_no: row.paid_fen for row in session.execute(rows)}


def _sums(told: dict[str, Any]) -> Sums:
    return Sums(told["count"], told["fen"], told["return_count"], told["return_fen"])
