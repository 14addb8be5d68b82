"""What the page of tills shows: days that do not add up, what was given twice, unknown goods."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from app.benefits.models import ConflictKind, TillConflict
from app.catalog.models import Product
from app.core.db import session
from app.orders import service as orders
from app.orders.models import Order, OrderLine, OrderReturn, ReturnState
from app.orders.service import Day, Difference
from app.orders.service.days import Why
from app.stores import queries as stores

DAYS, CONFLICTS, STRANGERS, WAITING, NAMED = 14, 50, 50, 50, 5
WHY = {
    Why.MISSING_HERE: "收银有，这里没有",
    Why.MISSING_THERE: "这里有，收银没有",
    Why.AMOUNT: "金额不同",
}
LOST = {
    ConflictKind.COUPON: "同一张券用了两次",
    ConflictKind.CODE: "同一个会员码扫了两次",
    ConflictKind.REFUSED: "券当时不能用",
}
REASONS = {
    "not_a_member_code": "会员码是假的",
    "member_code_ended": "会员码不是那一分钟的",
    "no_coupon": "不是她的券",
    "expired": "券已过期",
    "not_yet": "券还没到时间",
    "revoked": "券已作废",
    "budget_spent": "活动预算已用完",
    "shelf_empty": "小样库存为 0",
}
STATES = {True: ("对上了", "is-done"), False: ("对不上", "is-bad"), None: ("收银没报", "is-warn")}


@dataclass(frozen=True)
class ShownDay:
    """A store's day, both sides beside each other."""

    day: date
    store: str
    ours: orders.Sums
    told: orders.Sums | None
    word: str
    tone: str
    named: Sequence[tuple[Difference, str]]
    more: int


@dataclass(frozen=True)
class ShownConflict:
    """One use too many, and who lost by it."""

    id: int
    what: str
    why: str
    lost_store: str
    lost_at: datetime
    lost_fen: int
    won_store: str
    won_at: datetime | None
    member_id: int | None
    is_seen: bool


@dataclass(frozen=True)
class Stranger:
    """Goods that a till sold and no master lists."""

    id: int
    sku: str
    line_count: int
    paid_fen: int
    last_sold_at: datetime


Scope = Collection[int] | None


def days(scope: Scope, zone_day: date) -> list[ShownDay]:
    """The last fortnight of her stores, what does not add up first on each day."""
    names = _names(scope)
    found = orders.days(list(names), zone_day - timedelta(days=DAYS - 1), zone_day)
    ordered = sorted(found, key=lambda one: (-one.day.toordinal(), _rank(one), one.store_id))
    return [_day(one, names) for one in ordered]


def _rank(day: Day) -> int:
    if day.told is None:
        return 1
    return 2 if day.is_equal else 0


def _day(day: Day, names: Mapping[int, str]) -> ShownDay:
    word, tone = STATES[None if day.told is None else day.is_equal]
    named = [(one, WHY[one.why]) for one in day.differences[:NAMED]]
    more = len(day.differences) - len(named)
    return ShownDay(day.day, names[day.store_id], day.ours, day.told, word, tone, named, more)


def conflicts(scope: Scope) -> list[ShownConflict]:
    """The newest, those that nobody has seen first."""
    names, everywhere = _names(scope), _names(None)
    rows = (
        select(TillConflict)
        .where(TillConflict.lost_store_id.in_(names))
        .order_by(TillConflict.seen_at.is_not(None), TillConflict.id.desc())
        .limit(CONFLICTS)
    )
    return [_conflict(row, everywhere) for row in session.scalars(rows)]


def _conflict(row: TillConflict, names: Mapping[int, str]) -> ShownConflict:
    return ShownConflict(
        id=row.id,
        what=LOST[row.kind],
        why="" if row.kind == ConflictKind.COUPON else REASONS.get(row.reason, ""),
        lost_store=names[row.lost_store_id],
        lost_at=row.lost_at,
        lost_fen=row.lost_fen,
        won_store=names.get(row.won_store_id or 0, ""),
        won_at=row.won_at,
        member_id=row.member_id,
        is_seen=row.seen_at is not None,
    )


def strangers() -> list[Stranger]:
    """Unknown goods, what sold most first."""
    paid = func.sum(OrderLine.paid_fen)
    rows = (
        select(Product.id, Product.sku, func.count(), paid, func.max(Order.paid_at))
        .join(OrderLine, OrderLine.product_id == Product.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Product.is_listed.is_(False))
        .group_by(Product.id, Product.sku)
        .order_by(paid.desc())
        .limit(STRANGERS)
    )
    return [
        Stranger(product_id, sku, count, int(fen), at)
        for product_id, sku, count, fen, at in session.execute(rows)
    ]


@dataclass(frozen=True)
class Waiting:
    """A return without its sale, or one that asked for more than was sold."""

    return_no: str
    order_no: str
    store: str
    returned_at: datetime
    word: str
    tone: str


RETURNS = {
    ReturnState.WAITING: ("等销售单", "is-warn"),
    ReturnState.REFUSED: ("退的比卖的多", "is-bad"),
}


def returns(scope: Scope) -> list[Waiting]:
    """What is open, the newest first."""
    names = _names(scope)
    rows = (
        select(OrderReturn)
        .where(OrderReturn.store_id.in_(names), OrderReturn.state.in_(RETURNS))
        .order_by(OrderReturn.id.desc())
        .limit(WAITING)
    )
    return [
        Waiting(
            row.return_no, row.order_no, names[row.store_id], row.returned_at, *RETURNS[row.state]
        )
        for row in session.scalars(rows)
    ]


def _names(scope: Scope) -> dict[int, str]:
    known = [store for _, group in stores.tree() for store in group]
    return {store.id: store.name for store in known if scope is None or store.id in scope}
