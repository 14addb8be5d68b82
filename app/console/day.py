"""What happened in the stores on one business day, read over the features that know it.

Every count here is taken over the same visits, orders and uses, so that the parts shown beside
a figure add up to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core import clock
from app.core.db import session
from app.coupons.models import Coupon, CouponBatch, CouponKind, Redemption
from app.coupons.models.coupons import USES
from app.members.models import Fan
from app.orders.models import Order
from app.visits.models import Visit, VisitKind

WEEK = timedelta(days=7)
Scope = frozenset[int] | None  # the stores one may see; None means all of the brand


@dataclass
class StoreDay:
    """One store's day, or the sum of several."""

    by_kind: dict[VisitKind, int] = field(default_factory=lambda: dict.fromkeys(VisitKind, 0))
    joined_by_kind: dict[VisitKind, int] = field(
        default_factory=lambda: dict.fromkeys(VisitKind, 0)
    )
    greeted: int = 0
    orders: int = 0
    spent_fen: int = 0

    @property
    def scans(self) -> int:
        return sum(self.by_kind.values())

    @property
    def followed(self) -> int:
        return self.by_kind[VisitKind.FOLLOWED]

    @property
    def joined(self) -> int:
        return sum(self.joined_by_kind.values())

    @property
    def not_yet_members(self) -> int:
        """Who could have joined: everybody that was no member when she scanned."""
        return self.scans - self.by_kind[VisitKind.MEMBER]

    def add(self, other: StoreDay) -> None:
        """Take another store's day into this sum."""
        for kind in VisitKind:
            self.by_kind[kind] += other.by_kind[kind]
            self.joined_by_kind[kind] += other.joined_by_kind[kind]
        self.greeted += other.greeted
        self.orders += other.orders
        self.spent_fen += other.spent_fen


@dataclass(frozen=True)
class People:
    """The people behind the visits, each counted once, on their way down."""

    came: int
    followed: int
    befriended: int  # at WeCom, and did not follow with a scan
    members: int
    new_members: int
    bought: int
    new_bought: int


def total(stores: Mapping[int, StoreDay]) -> StoreDay:
    """The sum over stores: the figures' row and the table's foot are this one object."""
    whole = StoreDay()
    for each in stores.values():
        whole.add(each)
    return whole


def by_store(on: date, scope: Scope) -> dict[int, StoreDay]:
    """The day of every store in which something happened."""
    days: dict[int, StoreDay] = {}
    for row in session.execute(_visits(on, scope)):
        store = days.setdefault(row.store_id, StoreDay())
        store.by_kind[row.kind] = row.scans
        store.joined_by_kind[row.kind] = row.joined
        store.greeted += row.greeted
    for sold in session.execute(_orders(on, scope)):
        store = days.setdefault(sold.store_id, StoreDay())
        store.orders, store.spent_fen = sold.orders, int(sold.spent_fen)
    return days


def _visits(on: date, scope: Scope) -> Select[int, VisitKind, int, int, int]:
    """Someone who scanned in two stores and then joined is one new member: the later store's."""
    is_last = func.row_number().over(
        partition_by=(Visit.fan_id, Visit.joined_at.is_(None)), order_by=Visit.scanned_at.desc()
    )
    seen = (
        select(
            Visit.store_id, Visit.kind, Visit.joined_at, Visit.greeted_at, is_last.label("place")
        )
        .where(*_within(Visit.scanned_at, on))
        .subquery()
    )
    has_joined = seen.c.joined_at.is_not(None) & (seen.c.place == 1)
    return (
        select(
            seen.c.store_id,
            seen.c.kind,
            func.count().label("scans"),
            func.count().filter(has_joined).label("joined"),
            func.count(seen.c.greeted_at).label("greeted"),
        )
        .where(_seen(seen.c.store_id, scope))
        .group_by(seen.c.store_id, seen.c.kind)
    )


def _orders(on: date, scope: Scope) -> Select[int, int, int]:
    return (
        select(
            Order.store_id,
            func.count().label("orders"),
            func.sum(Order.paid_fen).label("spent_fen"),
        )
        .where(
            *_within(Order.paid_at, on),
            Order.member_id.is_not(None),
            _seen(Order.store_id, scope),
        )
        .group_by(Order.store_id)
    )


def by_hour(on: date, scope: Scope) -> dict[int, int]:
    """Scans by the hour of the brand's wall clock."""
    hour = func.date_part("hour", func.timezone(str(clock.SHANGHAI), Visit.scanned_at))
    counted = (
        select(hour.label("hour"), func.count(Visit.id).label("scans"))
        .where(*_within(Visit.scanned_at, on), _seen(Visit.store_id, scope))
        .group_by(hour)
    )
    return {int(row.hour): row.scans for row in session.execute(counted)}


def scans_until(at: datetime, scope: Scope) -> int:
    """Scans from that day's start to that very moment: a fair comparison for a day in progress."""
    start, _ = clock.day_bounds(clock.business_day(at))
    counted = select(func.count(Visit.id)).where(
        Visit.scanned_at >= start, Visit.scanned_at < at, _seen(Visit.store_id, scope)
    )
    return session.scalar(counted) or 0


def uses(on: date, scope: Scope) -> dict[CouponKind, int]:
    """Coupons used that day and not taken back, by kind."""
    counted = (
        select(CouponBatch.kind, func.count(Redemption.id).label("uses"))
        .join(
            Coupon, (Coupon.brand_id == CouponBatch.brand_id) & (Coupon.batch_id == CouponBatch.id)
        )
        .join(
            Redemption,
            (Redemption.brand_id == Coupon.brand_id) & (Redemption.coupon_id == Coupon.id),
        )
        .where(
            *_within(Redemption.redeemed_at, on),
            Redemption.state.in_(USES),
            _seen(Redemption.store_id, scope),
        )
        .group_by(CouponBatch.kind)
    )
    return {row.kind: row.uses for row in session.execute(counted)}


def people(on: date, scope: Scope) -> People:
    """Who came, who of them is a member now, who of those bought the same day."""
    came = (
        select(
            Visit.fan_id,
            func.bool_or(Visit.kind == VisitKind.FOLLOWED).label("has_followed"),
            func.bool_or(Visit.kind == VisitKind.FRIEND).label("has_befriended"),
            func.bool_or(Visit.joined_at.is_not(None)).label("has_joined"),
        )
        .where(*_within(Visit.scanned_at, on), _seen(Visit.store_id, scope))
        .group_by(Visit.fan_id)
        .subquery()
    )
    bought = Fan.member_id.in_(
        select(Order.member_id).where(*_within(Order.paid_at, on), _seen(Order.store_id, scope))
    )
    is_member = Fan.member_id.is_not(None)
    row = session.execute(
        select(
            func.count(Fan.id),
            func.count(Fan.id).filter(came.c.has_followed),
            func.count(Fan.id).filter(came.c.has_befriended & ~came.c.has_followed),
            func.count(Fan.id).filter(is_member),
            func.count(Fan.id).filter(is_member & came.c.has_joined),
            func.count(Fan.id).filter(bought),
            func.count(Fan.id).filter(bought & came.c.has_joined),
        ).join(came, came.c.fan_id == Fan.id)
    ).one()
    return People(*row)


def _within(
    column: InstrumentedAttribute[datetime], on: date
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    start, end = clock.day_bounds(on)
    return column >= start, column < end


def _seen(
    column: ColumnElement[int] | InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    scope: Scope,
) -> ColumnElement[bool]:
    return column.is_not(None) if scope is None else column.in_(scope)
