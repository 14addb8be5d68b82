"""Reading a store's day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.brands import service as brands
from app.core import clock, db
from app.core.db import session
from app.members.models import Fan
from app.staff.models import Staff
from app.stores.models import QrCode
from app.visits.models import Outcome, Visit, VisitKind, VisitState

MOST_SHOWN = 300
NO_NAME = {
    VisitKind.FOLLOWED: "新朋友",
    VisitKind.FAN: "粉丝",
    VisitKind.FRIEND: "企微好友",
    VisitKind.MEMBER: "会员",
}


@dataclass(frozen=True)
class Seen:
    """A visit with whom it concerns and who looks after her."""

    visit: Visit
    member_id: int | None
    claimed_by: str | None
    code_place: str  # where the code she scanned stands


@dataclass(frozen=True)
class Counts:
    """A day's figures; waiting + serving + done = scans."""

    scans: int
    joins: int
    deals: int
    waiting: int
    serving: int
    done: int


def day_around(at: datetime) -> tuple[datetime, datetime]:
    """The brand's business day that holds this moment, as [from, until)."""
    zone = brands.get(db.current_brand_id()).zoneinfo
    return clock.day_bounds(clock.business_day(at, zone), zone)


def business_day(at: datetime) -> date:
    """The brand's name for that day."""
    return clock.business_day(at, brands.get(db.current_brand_id()).zoneinfo)


def is_serving(at: datetime) -> ColumnElement[bool]:
    """Claimed, and the claim still runs: an old claim lets go of her by itself."""
    return and_(Visit.state == VisitState.CLAIMED, Visit.claimed_until > at)


def is_free_for(staff_id: int, at: datetime) -> ColumnElement[bool]:
    """Nobody else looks after her."""
    is_old = Visit.claimed_until <= at
    mine_or_old = or_(Visit.claimed_by_id == staff_id, is_old)
    return or_(
        Visit.state == VisitState.WAITING, and_(Visit.state == VisitState.CLAIMED, mine_or_old)
    )


def of_day(store_id: int, at: datetime, *, after: int = 0) -> list[Seen]:
    """The store's visits of this day that changed after `after`, newest scan first."""
    statement = _seen(store_id, at).where(Visit.seq > after).limit(MOST_SHOWN)
    return [Seen(*row) for row in session.execute(statement)]


def of_member(member_id: int, store_id: int, at: datetime) -> list[Seen]:
    """Her newest visit of this day to this store, or none."""
    statement = _seen(store_id, at).where(Fan.member_id == member_id).limit(1)
    return [Seen(*row) for row in session.execute(statement)]


def _seen(store_id: int, at: datetime) -> Select[Visit, int | None, str, str]:
    return (
        select(Visit, Fan.member_id, Staff.name, QrCode.place)
        .join(Fan, and_(Fan.brand_id == Visit.brand_id, Fan.id == Visit.fan_id))
        .join(QrCode, and_(QrCode.brand_id == Visit.brand_id, QrCode.id == Visit.qr_code_id))
        .outerjoin(Staff, and_(Staff.brand_id == Visit.brand_id, Staff.id == Visit.claimed_by_id))
        .where(*_in_day(store_id, at))
        .order_by(Visit.scanned_at.desc(), Visit.id.desc())
    )


def counts(store_id: int, at: datetime) -> Counts:
    """The figures of this day at this moment."""
    serving, done = is_serving(at), Visit.state == VisitState.DONE
    statement = select(
        func.count(Visit.id),
        func.count(Visit.joined_at),
        func.count(Visit.id).filter(Visit.outcome == Outcome.BOUGHT),
        func.count(Visit.id).filter(serving),
        func.count(Visit.id).filter(done),
    ).where(*_in_day(store_id, at))
    scans, joins, deals, being_served, ended = session.execute(statement).one()
    return Counts(
        scans=scans,
        joins=joins,
        deals=deals,
        waiting=scans - being_served - ended,
        serving=being_served,
        done=ended,
    )


def hands(store_id: int, at: datetime) -> list[tuple[str, int]]:
    """Who looks after how many in this store now, by name."""
    by_whom = and_(Staff.brand_id == Visit.brand_id, Staff.id == Visit.claimed_by_id)
    counted = (
        select(Staff.name, func.count(Visit.id))
        .join(Staff, by_whom)
        .where(*_in_day(store_id, at), is_serving(at))
        .group_by(Staff.id, Staff.brand_id, Staff.name)
        .order_by(Staff.name, Staff.id)
    )
    return [(name, people) for name, people in session.execute(counted)]


def waiting_by_store(store_ids: Collection[int], at: datetime) -> dict[int, int]:
    """How many wait in each of these stores now; a store where nobody does is missing."""
    start, end = day_around(at)
    is_waiting = ~is_serving(at) & (Visit.state != VisitState.DONE)
    counted = (
        select(Visit.store_id, func.count(Visit.id).label("people"))
        .where(Visit.store_id.in_(store_ids), Visit.scanned_at >= start, Visit.scanned_at < end)
        .where(or_(is_waiting, Visit.state == VisitState.WAITING))
        .group_by(Visit.store_id)
    )
    return {row.store_id: row.people for row in session.execute(counted)}


def _in_day(store_id: int, at: datetime) -> tuple[ColumnElement[bool], ...]:
    start, end = day_around(at)
    return Visit.store_id == store_id, Visit.scanned_at >= start, Visit.scanned_at < end
