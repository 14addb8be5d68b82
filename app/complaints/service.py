"""A complaint is recorded, answered, or withdrawn when it was recorded by mistake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.complaints import queries
from app.complaints.models import Complaint, Kind, State
from app.core import audit, clock, db, events
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import BadInput, Conflict
from app.members.models import Member
from app.members.service.contacts import NoMember
from app.staff.models import StaffStore
from app.staff.service import Actor

TEXT_CONTEXT, ANSWER_CONTEXT = "complaints.text", "complaints.answer"
LONGEST = 500
ANSWER_WITHIN = timedelta(days=3)
UNDO_FOR = timedelta(seconds=15)  # the toast offers ten; the rest is the way there
LONGEST_KEY = 40


class BadComplaint(BadInput):
    code, title = "bad_complaint", "有几处要补上"


class AlreadyClosed(Conflict):
    code, title = "complaint_closed", "这起投诉已经有人处理过了，刷新后再看"


class TooLate(Conflict):
    code, title = "too_late", "撤销的时间过了，或者不是你做的"


@dataclass(frozen=True)
class About:
    """Whom or what it is about. A visit says store and guide itself; nothing at all is allowed
    to who sees every store."""

    store_id: int | None = None
    staff_id: int | None = None
    visit_id: int | None = None


@dataclass(frozen=True)
class Told:
    """What the member said, as somebody wrote it down. A visit's own day goes before `day`."""

    kind: str
    text: str
    day: date | None  # None: none was read
    about: About | None  # None: nothing was chosen


def record(member_id: int, told: Told, *, key: str, by: Actor) -> Complaint:
    """Open from now on; the same key of a page answers the first.

    Raises NoMember; BadComplaint with the sentence for each field: what is outside of her stores
    counts as not chosen.
    """
    _hold(member_id)
    about, day = _checked(member_id, told, by)
    now = clock.now()
    values = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "kind": Kind(told.kind),
        "state": State.OPEN,
        "happened_on": day,
        "store_id": about.store_id,
        "staff_id": about.staff_id,
        "visit_id": about.visit_id,
        "text_encrypted": _seal(told.text.strip(), TEXT_CONTEXT),
        "recorded_at": now,
        "recorded_by_id": by.staff_id,
        "due_at": now + ANSWER_WITHIN,
        "key": key[:LONGEST_KEY],
    }
    made = insert(Complaint).values(values).on_conflict_do_nothing()
    made_id = session.scalar(made.returning(Complaint.id))
    found = session.scalars(select(Complaint).filter_by(key=values["key"])).one()
    if made_id is not None:
        _note("recorded", found, by)
    return found


def answer(complaint_id: int, text: str, by: Actor) -> Complaint:
    """What was done about it. Raises NoComplaint, BadComplaint, AlreadyClosed."""
    queries.complaint(complaint_id, by.store_ids)
    words = text.strip()
    if not 0 < len(words) <= LONGEST:
        raise _bad(answer=f"写一句怎么处理的，最多 {LONGEST} 个字")
    done = {
        "state": State.ANSWERED,
        "answer_encrypted": _seal(words, ANSWER_CONTEXT),
        "answered_at": clock.now(),
        "answered_by_id": by.staff_id,
    }
    return _step("answered", complaint_id, Complaint.state == State.OPEN, done, by)


def withdraw(complaint_id: int, by: Actor) -> Complaint:
    """It was recorded by mistake, and counts nowhere. Raises NoComplaint, AlreadyClosed."""
    queries.complaint(complaint_id, by.store_ids)
    gone = {
        "state": State.WITHDRAWN,
        "withdrawn_at": clock.now(),
        "withdrawn_by_id": by.staff_id,
    }
    return _step("withdrawn", complaint_id, Complaint.state != State.WITHDRAWN, gone, by)


def undo(complaint_id: int, by: Actor) -> Complaint:
    """Her own last step, within seconds: withdrawn is what it was before, answered is open.

    Raises NoComplaint, TooLate.
    """
    queries.complaint(complaint_id, by.store_ids)
    is_withdrawn, since = Complaint.state == State.WITHDRAWN, clock.now() - UNDO_FOR
    by_her = case(
        (
            is_withdrawn,
            and_(Complaint.withdrawn_by_id == by.staff_id, Complaint.withdrawn_at > since),
        ),
        else_=and_(Complaint.answered_by_id == by.staff_id, Complaint.answered_at > since),
    )
    was_answered = and_(is_withdrawn, Complaint.answered_at.is_not(None))
    before = {
        "state": case((was_answered, State.ANSWERED), else_=State.OPEN),
        "withdrawn_at": None,
        "withdrawn_by_id": None,
        **{
            name: case((was_answered, getattr(Complaint, name)), else_=None)
            for name in ("answer_encrypted", "answered_at", "answered_by_id")
        },
    }
    try:
        return _step("undone", complaint_id, by_her, before, by)
    except AlreadyClosed:
        raise TooLate() from None


def text_of(row: Complaint) -> str | None:
    """Her words, for whoever may read them; None once her data was erased."""
    return opened_text(row.text_encrypted)


def answer_of(row: Complaint) -> str | None:
    """What was done about it."""
    return opened_answer(row.answer_encrypted)


def opened_text(sealed: str | None) -> str | None:
    """The same of a row's sealed column alone."""
    return None if sealed is None else keyring().open(sealed, context=_context(TEXT_CONTEXT))


def opened_answer(sealed: str | None) -> str | None:
    """The same of a row's sealed column alone."""
    return None if sealed is None else keyring().open(sealed, context=_context(ANSWER_CONTEXT))


def _hold(member_id: int) -> None:
    """Nobody merges her or forgets her before this is written."""
    hers = select(Member.id).filter_by(id=member_id, erased_at=None, merged_into_id=None)
    if session.scalar(hers.with_for_update(read=True)) is None:
        raise NoMember()


def _checked(member_id: int, told: Told, by: Actor) -> tuple[About, date]:
    about, day = _resolved(member_id, told, by)
    wrong = {
        "kind": told.kind not in set(Kind) and "选一种",
        "text": not 0 < len(told.text.strip()) <= LONGEST and f"写她说了什么，最多 {LONGEST} 个字",
        "day": (day is None or day > _day(clock.now())) and "选发生的日子，最晚是今天",
        "about": about is None and "选一样：哪次到店、哪位导购或哪家店",
    }
    said = {name: why for name, why in wrong.items() if why}
    if said or about is None or day is None:
        raise _bad(**said)
    return about, day


def _resolved(member_id: int, told: Told, by: Actor) -> tuple[About | None, date | None]:
    """The whole of what is meant, and when; None where it is not hers to choose."""
    about = told.about
    if about is None or about.visit_id is None:
        return about if about and _may_choose(about, by) else None, told.day
    visit = queries.visit_of(about.visit_id, member_id)
    if visit is None or not by.may_see_store(visit.store_id):
        return None, told.day
    return About(visit.store_id, queries.guide_of(visit), visit.id), _day(visit.scanned_at)


def _may_choose(about: About, by: Actor) -> bool:
    if about.store_id is None:
        return by.store_ids is None and about.staff_id is None
    is_hers = any(store.id == about.store_id for store in queries.stores_of(by.store_ids))
    return is_hers and (about.staff_id is None or _works(about.staff_id, about.store_id))


def _day(at: datetime) -> date:
    return clock.business_day(at, brands.get(db.current_brand_id()).zoneinfo)


def _works(staff_id: int, store_id: int) -> bool:
    there = exists().where(StaffStore.staff_id == staff_id, StaffStore.store_id == store_id)
    return bool(session.scalar(there.where(StaffStore.brand_id == db.current_brand_id()).select()))


def _step(
    name: str, complaint_id: int, may: ColumnElement[bool], values: dict[str, Any], by: Actor
) -> Complaint:
    """One conditional statement: of two at once, one has done it."""
    mine = and_(Complaint.brand_id == db.current_brand_id(), Complaint.id == complaint_id)
    done = update(Complaint).where(mine, may).values(**values).returning(Complaint)
    found = session.scalar(
        done,
        execution_options={"synchronize_session": False, "populate_existing": True},
    )
    if found is None:
        raise AlreadyClosed()
    _note(name, found, by)
    return found


def _note(name: str, row: Complaint, by: Actor) -> None:
    """Ids and what kind: no word of it leaves its row."""
    events.record(f"complaint.{name}", member_id=row.member_id, complaint_id=row.id, kind=row.kind)
    audit.record(
        f"complaint.{name}", actor=by.audit_name, subject=f"complaint:{row.id}", kind=row.kind
    )


def _bad(**fields: str) -> BadComplaint:
    return BadComplaint(fields={name: [why] for name, why in fields.items()})


def _seal(words: str, context: str) -> str:
    return keyring().seal(words, context=_context(context))


def _context(name: str) -> str:
    return f"{db.current_brand_id()}.{name}"
