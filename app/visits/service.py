"""Scans in stores, and who looks after whom.

Every change first takes the store's next seq. That row stays locked until the commit, so a
store's numbers become visible in their order, and all changes lock in one order: store, visit.
A second scan within the hour is the same visit: it moves her to the top again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_, update

from app.core import bells, clock, db
from app.core.db import session
from app.core.errors import Conflict, NotFound
from app.members import queries as members
from app.members import service as people
from app.members.models import Fan
from app.staff.models import Staff
from app.staff.service import Actor
from app.stores import service as stores
from app.stores.models import QrCode
from app.visits import queries, serving
from app.visits.models import Outcome, Visit, VisitKind, VisitState

SAME_VISIT = timedelta(hours=1)
CLAIM_FOR = timedelta(minutes=10)


class NoVisit(NotFound):
    """One answer for a visit elsewhere and for none at all."""

    code, title = "no_visit", "没有这次到店，或不在你的门店"


class SomeoneWasFaster(Conflict):
    code, title = "someone_was_faster", "同事先接待了她，你的操作没有生效"


class HasEnded(Conflict):
    code, title = "visit_ended", "这次接待已经结束，她再扫码会重新出现"


# What shoppers do


@dataclass(frozen=True)
class Scan:
    """A fan scanned one of our codes."""

    fan: Fan
    code: QrCode
    kind: VisitKind
    at: datetime


def record(fan: Fan, code: QrCode, kind: VisitKind, scanned_at: datetime) -> Visit:
    """Put her on the board of the code's store. The same scan twice changes nothing."""
    return record_all([Scan(fan, code, kind, scanned_at)])[0]


def record_all(scans: Sequence[Scan]) -> list[Visit]:
    """As `record`, for many scans in the order in which they happened."""
    seqs = stores.take_board_seqs(Counter(scan.code.store_id for scan in scans))
    here = _present(scans)
    with session.no_autoflush:
        visits = [_enter(scan, here) for scan in scans]
        for store_id, moved in _moved(visits).items():
            for distance, visit in enumerate(reversed(moved)):
                visit.seq = seqs[store_id] - distance
    session.flush()
    for store_id in _moved(visits):
        bells.ring(f"store:{store_id}", seqs[store_id])
    return [visit for visit, _ in visits]


_Here = dict[tuple[int, int], list[Visit]]


def _present(scans: Sequence[Scan]) -> _Here:
    """Visits of these fans in these stores about this time, by fan and store."""
    theirs = select(Visit).where(
        tuple_(Visit.fan_id, Visit.store_id).in_({(s.fan.id, s.code.store_id) for s in scans}),
        Visit.scanned_at > min(scan.at for scan in scans) - SAME_VISIT,
        Visit.scanned_at < max(scan.at for scan in scans) + SAME_VISIT,
    )
    found: _Here = {}
    fresh = {"populate_existing": True}
    for visit in session.scalars(theirs, execution_options=fresh):
        found.setdefault((visit.fan_id, visit.store_id), []).append(visit)
    return found


def _enter(scan: Scan, here: _Here) -> tuple[Visit, bool]:
    """Her visit, and whether the scan moved it."""
    hers = here.setdefault((scan.fan.id, scan.code.store_id), [])
    near = [visit for visit in hers if abs(visit.scanned_at - scan.at) < SAME_VISIT]
    if not near:
        visit = _new_visit(scan.fan, scan.code, scan.kind, scan.at)
        session.add(visit)
        hers.append(visit)
        return visit, True
    visit = max(near, key=attrgetter("scanned_at"))
    if scan.at <= visit.scanned_at:
        return visit, False
    _move_up(visit, scan.code, scan.at)
    return visit, True


def _moved(visits: Sequence[tuple[Visit, bool]]) -> dict[int, list[Visit]]:
    """By store, in the order of their last move."""
    found: dict[int, dict[int, Visit]] = {}
    for visit, has_moved in visits:
        if has_moved:
            of_store = found.setdefault(visit.store_id, {})
            of_store.pop(id(visit), None)
            of_store[id(visit)] = visit
    return {store_id: list(moved.values()) for store_id, moved in found.items()}


def _new_visit(fan: Fan, code: QrCode, kind: VisitKind, scanned_at: datetime) -> Visit:
    return Visit(
        store_id=code.store_id,
        fan_id=fan.id,
        qr_code_id=code.id,
        kind=kind,
        scanned_at=scanned_at,
        first_scanned_at=scanned_at,
        recorded_at=clock.now(),
        state=VisitState.WAITING,
    )


def _move_up(visit: Visit, code: QrCode, scanned_at: datetime) -> None:
    """Back on top; whoever had finished with her is asked again, and has served her still."""
    visit.scanned_at, visit.qr_code_id = scanned_at, code.id
    if visit.state == VisitState.DONE:
        visit.state, visit.outcome = VisitState.WAITING, None
        visit.claimed_by_id = visit.claimed_until = None


def joined(fan_ids: Collection[int], at: datetime) -> None:
    """These fans became members: their visits of this day say so."""
    start, end = queries.day_around(at)
    theirs = select(Visit.id, Visit.store_id).where(
        Visit.fan_id.in_(fan_ids),
        Visit.joined_at.is_(None),
        Visit.scanned_at >= start,
        Visit.scanned_at < end,
    )
    for visit_id, store_id in session.execute(theirs.order_by(Visit.store_id, Visit.id)).all():
        _change(visit_id, store_id, Visit.joined_at.is_(None), joined_at=at)


def recognised(fan_id: int, card_opened_at: datetime | None) -> None:
    """WeChat told us late who she is: a member before her scan, or one since."""
    start, end = queries.day_around(clock.now())
    hers = select(Visit).where(
        Visit.fan_id == fan_id, Visit.scanned_at >= start, Visit.scanned_at < end
    )
    for visit in session.scalars(hers.order_by(Visit.store_id, Visit.id)).all():
        if card_opened_at is not None and card_opened_at >= visit.scanned_at:
            _change(visit.id, visit.store_id, Visit.joined_at.is_(None), joined_at=card_opened_at)
        else:
            _change(visit.id, visit.store_id, Visit.kind != VisitKind.MEMBER, kind=VisitKind.MEMBER)


# What guides do


def claim(visit_id: int, actor: Actor) -> Visit:
    """Hers for ten minutes: one conditional UPDATE, so two guides cannot both win.

    Raises SomeoneWasFaster saying who, and HasEnded.
    """
    visit = visible(visit_id, actor)
    now = clock.now()
    claimed = {
        "state": VisitState.CLAIMED,
        "claimed_by_id": actor.staff_id,
        "claimed_until": now + CLAIM_FOR,
        "first_claimed_at": func.coalesce(Visit.first_claimed_at, now),
        "first_claimed_by_id": func.coalesce(Visit.first_claimed_by_id, actor.staff_id),
    }
    return _act(visit, queries.is_free_for(actor.staff_id, now), **claimed)


def release(visit_id: int, actor: Actor) -> Visit:
    """She waits again, for any colleague. Releasing what is not one's own changes nothing."""
    visit = visible(visit_id, actor)
    mine = (Visit.state == VisitState.CLAIMED) & (Visit.claimed_by_id == actor.staff_id)
    free = {"state": VisitState.WAITING, "claimed_by_id": None, "claimed_until": None}
    return _change(visit.id, visit.store_id, mine, **free) or visit


def greet(visit_id: int, actor: Actor) -> Visit:
    """Somebody has spoken to her; the first time counts."""
    visit = visible(visit_id, actor)
    first = Visit.greeted_at.is_(None)
    return _change(visit.id, visit.store_id, first, greeted_at=clock.now()) or visit


def finish(visit_id: int, actor: Actor, outcome: Outcome) -> Visit:
    """The end, with its outcome; ending twice keeps the first. Raises SomeoneWasFaster."""
    visit = visible(visit_id, actor)
    if visit.state == VisitState.DONE:
        return visit
    free = queries.is_free_for(actor.staff_id, clock.now())
    ended = {"state": VisitState.DONE, "outcome": outcome, "claimed_by_id": actor.staff_id}
    done = _act(visit, free, **ended, **serving.who_served(actor.staff_id, outcome))
    serving.tell(done, actor.staff_id, outcome)
    return done


def hand_over(staff_id: int) -> int:
    """Her shift is over, or she works elsewhere: whom she looks after is free for her colleagues
    at once. Answers how many; twice is once."""
    hers = (Visit.claimed_by_id == staff_id) & queries.is_serving(clock.now())
    found = select(Visit.id, Visit.store_id).where(hers).order_by(Visit.store_id, Visit.id)
    free = {"state": VisitState.WAITING, "claimed_by_id": None, "claimed_until": None}
    freed = [
        _change(visit_id, store_id, hers, **free)
        for visit_id, store_id in session.execute(found).all()
    ]
    return sum(visit is not None for visit in freed)


def sample_given(visit_id: int, actor: Actor, at: datetime | None) -> Visit:
    """A sample went over the counter at `at`; None when that was taken back."""
    visit = visible(visit_id, actor)
    return _change(visit.id, visit.store_id, Visit.id == visit.id, sample_at=at) or visit


def visible(visit_id: int, actor: Actor) -> Visit:
    """The visit, if it is in her scope. Raises NoVisit."""
    visit = db.get(Visit, visit_id)
    if visit is None or not actor.may_see_store(visit.store_id):
        raise NoVisit()
    return visit


def _act(visit: Visit, condition: ColumnElement[bool], **values: Any) -> Visit:
    changed = _change(visit.id, visit.store_id, condition, **values)
    if changed is None:
        raise _why_not(visit)
    return changed


def _change(
    visit_id: int, store_id: int, condition: ColumnElement[bool], **values: Any
) -> Visit | None:
    """The one way in which a visit changes; None when the condition does not hold any more."""
    seq = stores.next_board_seq(store_id)
    ours = (Visit.brand_id == db.current_brand_id()) & (Visit.id == visit_id)
    statement = update(Visit).where(ours, condition).values(seq=seq, **values).returning(Visit)
    fresh = {"populate_existing": True, "synchronize_session": False}
    changed = session.scalars(statement, execution_options=fresh).first()
    if changed is not None:
        bells.ring(f"store:{store_id}", seq)
    return changed


def _why_not(visit: Visit) -> Conflict:
    session.refresh(visit)
    if visit.state == VisitState.DONE:
        return HasEnded()
    winner = db.get(Staff, visit.claimed_by_id or 0)
    return SomeoneWasFaster(f"{winner.name if winner else '同事'}先接待了{_her_name(visit)}")


def _her_name(visit: Visit) -> str:
    fan = members.fan(visit.fan_id)
    member = members.member(fan.member_id) if fan and fan.member_id else None
    return people.shown_name(member) if member else queries.NO_NAME[visit.kind]
