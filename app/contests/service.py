"""A contest is made, started and closed; what it came to is written once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import select, update

from app.contests import queries
from app.contests.models import (
    Contest,
    ContestPlayer,
    ContestResult,
    ContestState,
    ContestStore,
    Metric,
)
from app.core import audit, clock, db
from app.core.db import session
from app.core.errors import BadInput, Conflict, NotFound
from app.credit.queries import period, ruling
from app.credit.queries.chances import ENOUGH, Given
from app.staff.models import Staff, StaffStore
from app.staff.service import Actor

LONGEST = timedelta(days=93)


class NoContest(NotFound):
    code, title = "no_contest", "没有这场 PK，或不在你的门店"


class NotAContest(BadInput):
    code, title = "not_a_contest", "PK 要有名字、起止日期（最长三个月）和至少两位本店导购"


class NotOver(Conflict):
    code, title = "contest_not_over", "还没到结束的日子，到了再封榜"


class HasBegun(Conflict):
    code, title = "contest_has_begun", "已经开始了，不能再开始一次"


def make(
    *,
    name: str,
    metric: Metric,
    prize: str,
    days: tuple[date, date],
    players: Mapping[int, str | None],
    actor: Actor,
) -> Contest:
    """A draft from the first day to the last. `players`: by guide, her team or None.

    Raises NotAContest; a guide outside the actor's stores is no guide.
    """
    held = _stores_of(players, actor)
    sides = {team or staff_id for staff_id, team in players.items()}
    first, last = days
    span = period.of_days(first, last + timedelta(days=1)) if last >= first else None
    if not name.strip() or len(sides) < 2 or span is None or last - first > LONGEST:
        raise NotAContest()
    made = Contest(
        name=name.strip(),
        metric=metric,
        prize=prize.strip(),
        starts_at=span.start,
        ends_at=span.end,
        least=ENOUGH,
        made_by=actor.audit_name,
    )
    session.add(made)
    session.flush()
    session.add_all(ContestStore(contest_id=made.id, store_id=each) for each in held)
    session.add_all(
        ContestPlayer(contest_id=made.id, staff_id=staff_id, team=team)
        for staff_id, team in players.items()
    )
    session.flush()
    return made


def start(contest_id: int, actor: Actor) -> Contest:
    """From now on its players see it. Raises NoContest, HasBegun."""
    held = visible(contest_id, actor)
    if not _move(held, ContestState.DRAFT, state=ContestState.RUNNING):
        raise HasBegun()
    audit.record("contest.started", actor=actor.audit_name, subject=f"contest:{held.id}")
    return held


def close(contest_id: int, actor: Actor, given: Given) -> Contest:
    """Freeze the result: one conditional UPDATE, so that of many one writes it. Closing again
    changes nothing, nor does what comes back later. Raises NoContest, NotOver."""
    held = visible(contest_id, actor)
    now = clock.now()
    if held.state == ContestState.CLOSED:
        return held
    if held.state != ContestState.RUNNING or now < held.ends_at:
        raise NotOver()
    versions = [version.rule.version for version in ruling.held(held.starts_at, held.ends_at)]
    closed = {"state": ContestState.CLOSED, "closed_at": now, "credit_versions": versions}
    if _move(held, ContestState.RUNNING, **closed):
        _freeze(held, given)
        audit.record("contest.closed", actor=actor.audit_name, subject=f"contest:{held.id}")
    return held


def visible(contest_id: int, actor: Actor) -> Contest:
    """The contest, if all its stores are hers. Raises NoContest."""
    found = queries.contest(contest_id, actor.store_ids)
    if found is None:
        raise NoContest()
    return found


def _move(held: Contest, expected: ContestState, **values: object) -> bool:
    ours = (Contest.brand_id == db.current_brand_id()) & (Contest.id == held.id)
    statement = update(Contest).where(ours, Contest.state == expected).values(**values)
    plain = {"synchronize_session": False}
    moved = session.scalar(statement.returning(Contest.id), execution_options=plain) is not None
    session.refresh(held)
    return moved


def _freeze(held: Contest, given: Given) -> None:
    for line, side in enumerate(queries.live(held, given)):
        session.add(
            ContestResult(
                contest_id=held.id,
                line=line,
                name=side.name,
                staff_ids=list(side.staff_ids),
                chances=side.chances,
                value=side.value,
                place=side.place,
            )
        )
    session.flush()


def _stores_of(players: Mapping[int, str | None], actor: Actor) -> set[int]:
    """Where they work. Raises NotAContest when one of them works in none of the actor's."""
    same = (Staff.brand_id == StaffStore.brand_id) & (Staff.id == StaffStore.staff_id)
    rows = select(StaffStore.staff_id, StaffStore.store_id).join(Staff, same)
    theirs = session.execute(rows.where(Staff.is_active, StaffStore.staff_id.in_(players))).all()
    held = {(who, store_id) for who, store_id in theirs if actor.may_see_store(store_id)}
    if not players or {who for who, _ in held} != set(players):
        raise NotAContest()
    return {store_id for _, store_id in held}
