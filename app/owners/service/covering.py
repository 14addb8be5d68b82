"""A guide is away for some days: a colleague of the same store, or the store, stands in for her.

Her members and her sales stay hers. Both guides are held while it is decided, so that of two who
plan at once the second sees what the first has planned.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from app.core import audit, clock
from app.core.db import session
from app.core.errors import BadInput, Conflict, NotFound
from app.owners.models import GuideCover
from app.staff.models import Role, Staff, StaffStore
from app.staff.service import Actor
from app.visits.queries import business_day

LONGEST_AWAY = timedelta(days=180)


class NoCover(NotFound):
    code, title = "no_cover", "没有这次代班，或不在你的门店，或已经结束"


class NotHere(NotFound):
    code, title = "not_in_your_store", "这位导购不在你的门店，或已经停用"


class CoverElsewhere(Conflict):
    code, title = "cover_elsewhere", "代班的人不在这家店，换一位，或选本店大家一起"


class CoverAway(Conflict):
    code, title = "cover_away", "代班的人那几天自己也休假，换一位或改日期"


class IsCovering(Conflict):
    code, title = "is_covering", "她那几天在替同事代班，先换掉那次代班"


class DaysOverlap(Conflict):
    code, title = "cover_overlaps", "她那几天已经安排过代班，先结束那一次"


class BadDays(BadInput):
    code, title = (
        "bad_cover_days",
        f"日期不对：从今天或以后开始，最后一天不早于第一天，最多 {LONGEST_AWAY.days} 天",
    )


def cover(
    staff_id: int, store_id: int, cover_id: int | None, first: date, last: date, *, by: Actor
) -> GuideCover:
    """From the first day to the last, both whole. `cover_id` None: everybody of the store.

    Raises NotHere, BadDays, CoverElsewhere, CoverAway, IsCovering, DaysOverlap.
    """
    now = clock.now()
    if not business_day(now) <= first <= last < first + LONGEST_AWAY:
        raise BadDays()
    here = _held({staff_id, cover_id or staff_id}, store_id)
    if staff_id not in here or not by.may_see_store(store_id):
        raise NotHere()
    if cover_id is not None and (cover_id not in here or cover_id == staff_id):
        raise CoverElsewhere()
    _refuse_clash(staff_id, store_id, cover_id, first, last)
    return _written(staff_id, store_id, cover_id, first, last, by, now)


def end_cover(cover_id: int, *, by: Actor) -> None:
    """She is back earlier, or it was a mistake; twice is refused. Raises NoCover."""
    open_one = update(GuideCover).where(
        GuideCover.brand_id == by.brand_id,
        GuideCover.id == cover_id,
        GuideCover.ended_at.is_(None),
        GuideCover.until_day >= business_day(clock.now()),
    )
    if by.store_ids is not None:
        open_one = open_one.where(GuideCover.store_id.in_(by.store_ids))
    ended = open_one.values(ended_at=clock.now(), ended_by_id=by.staff_id)
    if session.scalar(ended.returning(GuideCover.id)) is None:
        raise NoCover()
    audit.record("owners.cover_ended", actor=by.audit_name, subject=f"cover:{cover_id}")


def _held(staff_ids: set[int], store_id: int) -> set[int]:
    """Who of them works there and may sign in, kept from others until the commit."""
    works = (StaffStore.brand_id == Staff.brand_id) & (StaffStore.staff_id == Staff.id)
    roles = Staff.role.in_([Role.GUIDE, Role.STORE_MANAGER])
    wanted = select(Staff.id).join(StaffStore, works)
    wanted = wanted.where(Staff.id.in_(staff_ids), StaffStore.store_id == store_id)
    held = wanted.where(Staff.is_active, roles).order_by(Staff.id)
    return set(session.scalars(held.with_for_update(of=Staff, key_share=True)))


def _refuse_clash(
    staff_id: int, store_id: int, cover_id: int | None, first: date, last: date
) -> None:
    meanwhile = select(GuideCover).where(
        GuideCover.ended_at.is_(None), GuideCover.from_day <= last, GuideCover.until_day >= first
    )
    for each in session.scalars(meanwhile):
        if (each.staff_id, each.store_id) == (staff_id, store_id):
            raise DaysOverlap()
        if each.staff_id == cover_id:
            raise CoverAway()
        if each.cover_id == staff_id:
            raise IsCovering()


def _written(
    staff_id: int,
    store_id: int,
    cover_id: int | None,
    first: date,
    last: date,
    by: Actor,
    now: datetime,
) -> GuideCover:
    row = GuideCover(
        staff_id=staff_id, store_id=store_id, cover_id=cover_id, from_day=first, until_day=last,
        made_by_id=by.staff_id, made_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    facts = {"staff": staff_id, "cover": cover_id, "days": [first.isoformat(), last.isoformat()]}
    audit.record("owners.cover_set", actor=by.audit_name, subject=f"cover:{row.id}", **facts)
    return row
