"""The list of members: filtered and sorted by listed keys alone, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, select, true, tuple_

from app.core import clock
from app.core.db import session
from app.core.errors import BadInput
from app.members import service as people
from app.members.models import Fan, Member
from app.orders.models import Order
from app.points import queries as points
from app.points.models import MemberTier
from app.points.queries import Standing
from app.single_view.scope import StoreIds, within
from app.staff.models import Staff
from app.stores import queries as stores
from app.visits.models import Visit

SHOWN = 20
NEW_FOR = timedelta(days=7)
_PLACE = re.compile(r"(\d{1,18})-(\d{1,18})")


class Sort(StrEnum):
    JOINED = "joined"
    SPENT = "spent"


class State(StrEnum):
    """What may be asked for, and what a row shows as its one state."""

    NEW = "new"
    NO_CARD = "no_card"
    NO_PHONE = "no_phone"


STATE_WORDS = {State.NEW: "刚入会", State.NO_CARD: "没开过卡", State.NO_PHONE: "没有手机号"}


@dataclass(frozen=True)
class Asked:
    """What the list shows: every filter is one of a list, every place one that it gave out."""

    sort: Sort = Sort.JOINED
    tier_id: int | None = None
    store_id: int | None = None
    guide_id: int | None = None
    state: State | None = None
    after: str = ""


@dataclass(frozen=True)
class Line:
    """A member as the list shows her: masked, with one state."""

    member: Member
    shown_name: str
    phone_masked: str
    standing: Standing
    store_name: str | None
    guide_name: str | None
    spent_fen: int
    last_seen_at: datetime | None
    state: State | None


@dataclass(frozen=True)
class Page:
    """Lines, and where the next page begins."""

    lines: Sequence[Line]
    next: str | None = None


def page(asked: Asked, store_ids: StoreIds) -> Page:
    """A page of those within the scope. Raises BadInput for a place that it never gave out."""
    spent = func.coalesce(MemberTier.spent_fen, 0)
    wanted = _filtered(select(Member, spent), asked, store_ids)
    rows = [(member, int(sum_)) for member, sum_ in session.execute(_ordered(wanted, asked))]
    shown = rows[:SHOWN]
    is_more = len(rows) > SHOWN
    return Page(lines([member for member, _ in shown]), _place(asked, shown) if is_more else None)


def count(store_ids: StoreIds) -> int | None:
    """How many there are within the scope."""
    return session.scalar(select(func.count(Member.id)).where(_is_shown(), within(store_ids)))


def lines(found: Sequence[Member]) -> list[Line]:
    """What the list shows of these members, in a fixed number of queries and in their order."""
    ids = [member.id for member in found]
    standings, last_seen = points.standings(ids), _last_seen(ids)
    shops = stores.by_ids({each.main_store_id for each in found if each.main_store_id})
    guides = _guides({each.guide_id for each in found if each.guide_id})
    return [
        Line(
            member=member,
            shown_name=people.masked_name(member),
            phone_masked=people.masked_phone(member),
            standing=standings[member.id],
            store_name=shops[member.main_store_id].name if member.main_store_id else None,
            guide_name=guides.get(member.guide_id or 0),
            spent_fen=standings[member.id].spent_fen,
            last_seen_at=last_seen.get(member.id),
            state=_state(member),
        )
        for member in found
    ]


def guides(store_ids: StoreIds) -> Mapping[int, str]:
    """The guides whom members of this scope have, by id, for the filter."""
    mine = select(Member.guide_id).where(Member.guide_id.is_not(None), within(store_ids))
    return _guides(set(session.scalars(mine.distinct())))


def _is_shown() -> ColumnElement[bool]:
    return Member.erased_at.is_(None)


def _filtered(
    wanted: Select[Member, int], asked: Asked, store_ids: StoreIds
) -> Select[Member, int]:
    tier = and_(MemberTier.brand_id == Member.brand_id, MemberTier.member_id == Member.id)
    is_inner = asked.sort == Sort.SPENT or asked.tier_id is not None
    joined = wanted.join(MemberTier, tier, isouter=not is_inner)
    return joined.where(
        _is_shown(),
        within(store_ids),
        true() if asked.tier_id is None else MemberTier.tier_id == asked.tier_id,
        true() if asked.store_id is None else Member.main_store_id == asked.store_id,
        true() if asked.guide_id is None else Member.guide_id == asked.guide_id,
        _in_state(asked.state),
    )


def _in_state(state: State | None) -> ColumnElement[bool]:
    if state is None:
        return true()
    return {
        State.NEW: Member.card_opened_at > clock.now() - NEW_FOR,
        State.NO_CARD: Member.card_opened_at.is_(None),
        State.NO_PHONE: Member.phone_index.is_(None),
    }[state]


def _ordered(wanted: Select[Member, int], asked: Asked) -> Select[Member, int]:
    """Newest first, or dearest first; the member's own number makes the order one."""
    place = _read(asked.after) if asked.after else None
    if asked.sort == Sort.SPENT:
        key = tuple_(MemberTier.spent_fen, MemberTier.member_id)
        wanted = wanted.order_by(MemberTier.spent_fen.desc(), MemberTier.member_id.desc())
        return (wanted.where(key < tuple_(*place)) if place else wanted).limit(SHOWN + 1)
    wanted = wanted.order_by(Member.id.desc())
    return (wanted.where(Member.id < place[1]) if place else wanted).limit(SHOWN + 1)


def _read(place: str) -> tuple[int, int]:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise BadInput(fields={"after": ["这个位置读不懂，从第一页再看"]})
    return int(found[1]), int(found[2])


def _place(asked: Asked, shown: Sequence[tuple[Member, int]]) -> str:
    member, spent = shown[-1]
    return f"{spent if asked.sort == Sort.SPENT else 0}-{member.id}"


def _state(member: Member) -> State | None:
    if member.phone_index is None:
        return State.NO_PHONE
    if member.card_opened_at is None:
        return State.NO_CARD
    return State.NEW if member.card_opened_at > clock.now() - NEW_FOR else None


def _last_seen(member_ids: Collection[int]) -> dict[int, datetime]:
    """By member: her newest visit or purchase."""
    scans = (
        select(Fan.member_id, func.max(Visit.scanned_at))
        .join(Visit, and_(Visit.brand_id == Fan.brand_id, Visit.fan_id == Fan.id))
        .where(Fan.member_id.in_(member_ids))
        .group_by(Fan.member_id)
    )
    bought = (
        select(Order.member_id, func.max(Order.paid_at))
        .where(Order.member_id.in_(member_ids))
        .group_by(Order.member_id)
    )
    found: dict[int, datetime] = {}
    for wanted in (scans, bought):
        for member_id, at in session.execute(wanted):
            found[member_id or 0] = max(at, found.get(member_id or 0, at))
    return found


def _guides(ids: Collection[int]) -> dict[int, str]:
    named = select(Staff.id, Staff.name).where(Staff.id.in_(ids)).order_by(Staff.name)
    return {row.id: row.name for row in session.execute(named)}
