"""Reading complaints: one, a list for whoever asks, and how many there were about whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, true, tuple_

from app.complaints.models import Complaint, State
from app.core import clock
from app.core.db import session
from app.core.errors import NotFound
from app.members.models import Fan, Member
from app.stores.models import Store
from app.visits.models import Visit

SHOWN, VISITS_SHOWN = 50, 8
VISITS_OF = timedelta(days=90)
StoreIds = Collection[int] | None  # None: all stores of the brand


class NoComplaint(NotFound):
    code, title = "no_complaint", "没有这起投诉，或不在你的门店"


@dataclass(frozen=True)
class Line:
    """A complaint with the member whose it is."""

    complaint: Complaint
    member: Member

    @property
    def is_late(self) -> bool:
        """Whether it should have been answered by now."""
        return self.complaint.state == State.OPEN and self.complaint.due_at <= clock.now()


@dataclass(frozen=True)
class Page:
    """Lines, and the complaint after which the next page begins."""

    lines: Sequence[Line]
    next: int | None


@dataclass(frozen=True)
class Counted:
    """How many there were, and how many of them were answered."""

    complaints: int = 0
    answered: int = 0


def within(store_ids: StoreIds) -> ColumnElement[bool]:
    """Those about these stores; what is about no store is headquarters' alone."""
    return true() if store_ids is None else Complaint.store_id.in_(store_ids)


def complaint(complaint_id: int, store_ids: StoreIds) -> Line:
    """One of them, as it is now. Raises NoComplaint."""
    wanted = _lines(store_ids).where(Complaint.id == complaint_id)
    row = session.execute(wanted, execution_options={"populate_existing": True}).first()
    if row is None:
        raise NoComplaint()
    return Line(*row)


def page(
    store_ids: StoreIds, *, state: State | None, store_id: int | None, after: int | None
) -> Page:
    """Open ones by when they are due, so that the late come first; then the others, the newest
    first. `after` is what `next` said; one that is there no more begins anew."""
    wanted = _lines(store_ids)
    if state is not None:
        wanted = wanted.where(Complaint.state == state)
    if store_id is not None:
        wanted = wanted.where(Complaint.store_id == store_id)
    last = session.execute(select(*_order()).where(Complaint.id == after)).first()
    if last is not None:
        wanted = wanted.where(tuple_(*_order()) > tuple_(*last))
    rows = session.execute(wanted.order_by(*_order()).limit(SHOWN + 1)).all()
    lines = [Line(*row) for row in rows[:SHOWN]]
    return Page(lines, lines[-1].complaint.id if len(rows) > SHOWN else None)


def waiting(store_ids: StoreIds) -> tuple[int, int]:
    """How many wait for an answer, and how many of them are late."""
    late = func.count().filter(Complaint.due_at <= clock.now())
    counted = select(func.count(), late).where(Complaint.state == State.OPEN, within(store_ids))
    row = session.execute(counted).one()
    return row[0], row[1]


def counts(
    first: date, until: date, store_ids: StoreIds
) -> Mapping[tuple[int | None, int | None], Counted]:
    """By store and guide: what happened from the first day until before another, by the brand's
    calendar. About no guide stands under None; what was recorded by mistake does not count."""
    counted = (
        select(
            Complaint.store_id,
            Complaint.staff_id,
            func.count(),
            func.count().filter(Complaint.state == State.ANSWERED),
        )
        .where(Complaint.happened_on >= first, Complaint.happened_on < until)
        .where(Complaint.state != State.WITHDRAWN, within(store_ids))
        .group_by(Complaint.store_id, Complaint.staff_id)
    )
    return {(store, guide): Counted(*how) for store, guide, *how in session.execute(counted)}


def about(staff_id: int, first: date, until: date) -> Counted:
    """Of these, those about one guide, in whichever store."""
    hers = [each for (_, guide), each in counts(first, until, None).items() if guide == staff_id]
    return Counted(sum(each.complaints for each in hers), sum(each.answered for each in hers))


def visits_of(member_id: int, store_ids: StoreIds) -> list[Visit]:
    """Her last visits to these stores, the newest first: what it may be about."""
    hers = (
        select(Visit)
        .join(Fan, and_(Fan.brand_id == Visit.brand_id, Fan.id == Visit.fan_id))
        .where(Fan.member_id == member_id, Visit.scanned_at > clock.now() - VISITS_OF)
        .where(true() if store_ids is None else Visit.store_id.in_(store_ids))
    )
    return list(session.scalars(hers.order_by(Visit.scanned_at.desc()).limit(VISITS_SHOWN)))


def visit_of(visit_id: int, member_id: int) -> Visit | None:
    """One visit of hers."""
    hers = select(Visit).join(Fan, and_(Fan.brand_id == Visit.brand_id, Fan.id == Visit.fan_id))
    return session.scalar(hers.where(Visit.id == visit_id, Fan.member_id == member_id))


def guide_of(visit: Visit) -> int | None:
    """Who served her then, or else took her first; nobody where nobody did."""
    return visit.served_by_id or visit.claimed_by_id or visit.first_claimed_by_id


def stores_of(store_ids: StoreIds) -> list[Store]:
    """The stores that it may be about, by name."""
    mine = select(Store).where(true() if store_ids is None else Store.id.in_(store_ids))
    return list(session.scalars(mine.order_by(Store.name, Store.id)))


def _lines(store_ids: StoreIds) -> Select[Complaint, Member]:
    hers = and_(Member.brand_id == Complaint.brand_id, Member.id == Complaint.member_id)
    return select(Complaint, Member).join(Member, hers).where(within(store_ids))


def _order() -> tuple[ColumnElement[Any], ...]:
    """Open before closed; open ones by their day, closed ones backwards in time."""
    is_closed = Complaint.state != State.OPEN
    age = case(
        (is_closed, -func.extract("epoch", Complaint.recorded_at)),
        else_=func.extract("epoch", Complaint.due_at),
    )
    return is_closed, age, -Complaint.id
