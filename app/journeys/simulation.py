"""What a book of earning rules would have given on past orders, counted by the very functions
that count real ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, and_, func, select

from app.brands.models import Brand
from app.catalog.models import Product
from app.core import clock, db
from app.core.db import session
from app.members.models import Member
from app.orders.models import Order, OrderLine
from app.points.earning.rules import Line, Purchase, Rule, points_by, points_of
from app.points.models import MemberTier

DAYS = 30
MOST_ORDERS = 100_000
ORDERS_A_STEP = 2_000


@dataclass(frozen=True)
class Given:
    """What one rule would have given, and to how many orders."""

    rule: Rule
    points: int
    orders: int


@dataclass(frozen=True)
class Simulation:
    """Both books over the same orders, of the days from `first` to `last`. `more` and `fewer` are
    members by what the new book gives them; `is_cut` where there were too many orders: then it is
    about the newest of them."""

    first: date
    last: date
    orders: int
    members: int
    before: int
    after: int
    more: int
    fewer: int
    rules: Sequence[Given]
    is_cut: bool


def simulate(before: Sequence[Rule], after: Sequence[Rule]) -> Simulation | None:
    """Over the last thirty days with orders of members; None where nobody ever bought. Tiers are
    those of today: what each was then is not asked."""
    last = _last_day()
    if last is None:
        return None
    first = last - timedelta(days=DAYS - 1)
    tally = _Tally(before, after)
    for member_id, purchase in _purchases(first, last, [*before, *after]):
        tally.add(member_id, purchase)
    return tally.result(first, last)


class _Tally:
    def __init__(self, before: Sequence[Rule], after: Sequence[Rule]) -> None:
        self._before, self._after = before, after
        self._points = [0] * len(after)
        self._hits = [0] * len(after)
        self._orders = self._old = 0
        self._gains: dict[int, int] = defaultdict(int)

    def add(self, member_id: int, purchase: Purchase) -> None:
        old = points_of(self._before, purchase)
        new = 0
        for place, rule in enumerate(self._after):
            given = points_by(rule, purchase)
            self._points[place] += given
            self._hits[place] += given > 0
            new += given
        self._orders += 1
        self._old += old
        self._gains[member_id] += new - old

    def result(self, first: date, last: date) -> Simulation:
        return Simulation(
            first,
            last,
            self._orders,
            len(self._gains),
            self._old,
            sum(self._points),
            sum(gain > 0 for gain in self._gains.values()),
            sum(gain < 0 for gain in self._gains.values()),
            [Given(*each) for each in zip(self._after, self._points, self._hits, strict=True)],
            self._orders == MOST_ORDERS,
        )


def _zone() -> ZoneInfo:
    return session.get_one(Brand, db.current_brand_id()).zoneinfo


def _last_day() -> date | None:
    bought = select(func.max(Order.paid_at)).where(
        Order.member_id.is_not(None), Order.paid_at <= clock.now()
    )
    newest: datetime | None = session.scalar(bought)
    return clock.business_day(newest, _zone()) if newest else None


def _purchases(first: date, last: date, rules: Sequence[Rule]) -> Iterator[tuple[int, Purchase]]:
    zone, asks_goods = _zone(), any(rule.when.asks_goods for rule in rules)
    rows = session.execute(_orders(first, last, zone)).all()
    for start in range(0, len(rows), ORDERS_A_STEP):
        part = rows[start : start + ORDERS_A_STEP]
        lines = _lines([row.id for row in part]) if asks_goods else {}
        for row in part:
            yield row.member_id, _purchase(row, zone, lines.get(row.id, []))


def _purchase(row: Row[Any], zone: ZoneInfo, lines: Sequence[Line]) -> Purchase:
    day = clock.business_day(row.paid_at, zone)
    return Purchase(row.paid_fen, day, row.store_id, row.tier_id, row.born_on, lines)


def _orders(first: date, last: date, zone: ZoneInfo) -> Select[*tuple[Any, ...]]:
    since, until = clock.day_bounds(first, zone)[0], clock.day_bounds(last, zone)[1]
    hers = and_(Member.brand_id == Order.brand_id, Member.id == Order.member_id)
    tier = and_(MemberTier.brand_id == Order.brand_id, MemberTier.member_id == Order.member_id)
    facts = (
        Order.id,
        Order.member_id,
        Order.paid_fen,
        Order.paid_at,
        Order.store_id,
        MemberTier.tier_id,
        Member.born_on,
    )
    return (
        select(*facts)
        .join(Member, hers)
        .outerjoin(MemberTier, tier)
        .where(Order.paid_at >= since, Order.paid_at < until)
        .order_by(Order.paid_at.desc(), Order.id.desc())
        .limit(MOST_ORDERS)
    )


def _lines(order_ids: Sequence[int]) -> Mapping[int, list[Line]]:
    sold = and_(Product.brand_id == OrderLine.brand_id, Product.id == OrderLine.product_id)
    found = (
        select(OrderLine.order_id, OrderLine.paid_fen, Product.sku, Product.category)
        .join(Product, sold)
        .where(OrderLine.order_id.in_(order_ids))
    )
    lines: dict[int, list[Line]] = defaultdict(list)
    for row in session.execute(found):
        lines[row.order_id].append(Line(row.sku, row.paid_fen, row.category))
    return lines
