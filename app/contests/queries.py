"""Reading contests: which there are for whom, and how they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, select, true

from app.contests.models import (
    Contest,
    ContestPlayer,
    ContestResult,
    ContestState,
    ContestStore,
    Metric,
)
from app.contests.standing import Side, placed
from app.core.db import session
from app.credit.queries import shares
from app.credit.queries.chances import Chances, Given, chances
from app.credit.queries.period import Period
from app.staff import queries as staff
from app.staff.models import Staff, StaffStore
from app.stores.models import Store


def contests(store_ids: Collection[int] | None) -> list[Contest]:
    """Those that are wholly of these stores, the newest first; None for the brand."""
    mine = select(Contest).where(_within(store_ids)).order_by(Contest.id.desc())
    return list(session.scalars(mine))


def contest(contest_id: int, store_ids: Collection[int] | None) -> Contest | None:
    """One of them."""
    return session.scalar(select(Contest).where(Contest.id == contest_id, _within(store_ids)))


def of_player(staff_id: int) -> list[Contest]:
    """Those that she takes part in and that have begun, the newest first."""
    hers = exists().where(
        ContestPlayer.brand_id == Contest.brand_id,
        ContestPlayer.contest_id == Contest.id,
        ContestPlayer.staff_id == staff_id,
    )
    begun = select(Contest).where(hers, Contest.state != ContestState.DRAFT)
    return list(session.scalars(begun.order_by(Contest.ends_at.desc(), Contest.id.desc())))


def store_ids_of(contest_id: int) -> frozenset[int]:
    """Where it is held."""
    return frozenset(
        session.scalars(select(ContestStore.store_id).filter_by(contest_id=contest_id))
    )


@dataclass(frozen=True)
class Candidate:
    """A guide who may take part, and one of her stores."""

    staff_id: int
    name: str
    store: str


def guides(store_ids: Collection[int] | None) -> list[Candidate]:
    """Guides and managers who work in these stores, by store and name."""
    works = and_(StaffStore.brand_id == Staff.brand_id, StaffStore.staff_id == Staff.id)
    there = and_(Store.brand_id == StaffStore.brand_id, Store.id == StaffStore.store_id)
    rows = (
        select(Staff.id, Staff.name, func.min(Store.name).label("store"))
        .join(StaffStore, works)
        .join(Store, there)
        .where(Staff.is_active, true() if store_ids is None else Store.id.in_(store_ids))
        .group_by(Staff.id, Staff.name)
    )
    found = [Candidate(*row) for row in session.execute(rows)]
    return sorted(found, key=lambda each: (each.store, each.name))


def standing(of: Contest, given: Given) -> list[Side]:
    """The frozen result once it is closed, until then how it stands now."""
    return _frozen(of.id) if of.state == ContestState.CLOSED else live(of, given)


def live(of: Contest, given: Given) -> list[Side]:
    """Worked out from what happened so far. A task is a chance to sell; greeting and joining are
    done in the store, so they are held against scans alone."""
    period = Period(of.starts_at, of.ends_at, store_ids_of(of.id))
    metric = Metric(of.metric)
    counted = {staff_id: [0, 0] for staff_id, _ in _players(of.id)}
    for each in chances(period, given).values():
        if each.staff_id in counted:
            counted[each.staff_id][0] += _chances(metric, each)
            counted[each.staff_id][1] += _value(metric, each)
    if metric == Metric.SALES:
        for one in shares.sums(period):
            if one.staff_id in counted:
                counted[one.staff_id][1] += one.fen
    return placed(_sides(of.id, counted), of.least)


def _chances(metric: Metric, made: Chances) -> int:
    return made.chances if metric == Metric.SALES else made.scans


def _value(metric: Metric, made: Chances) -> int:
    name = {Metric.DEALS: "bought", Metric.JOINS: "joined", Metric.GREETS: "greeted"}.get(metric)
    return int(getattr(made, name)) if name else 0


def _sides(contest_id: int, counted: dict[int, list[int]]) -> list[Side]:
    names = staff.names()
    members: dict[tuple[str, int], list[int]] = defaultdict(list)
    for staff_id, team in _players(contest_id):
        key = (team, 0) if team else (names[staff_id], staff_id)
        members[key].append(staff_id)
    return [
        Side(
            name,
            tuple(sorted(ids)),
            sum(counted[staff_id][0] for staff_id in ids),
            sum(counted[staff_id][1] for staff_id in ids),
        )
        for (name, _), ids in members.items()
    ]


def _players(contest_id: int) -> list[tuple[int, str | None]]:
    mine = select(ContestPlayer.staff_id, ContestPlayer.team).filter_by(contest_id=contest_id)
    return [(row.staff_id, row.team) for row in session.execute(mine.order_by("staff_id"))]


def _frozen(contest_id: int) -> list[Side]:
    rows = select(ContestResult).filter_by(contest_id=contest_id).order_by(ContestResult.line)
    return [
        Side(row.name, tuple(row.staff_ids), row.chances, row.value, row.place)
        for row in session.scalars(rows)
    ]


def _within(store_ids: Collection[int] | None) -> ColumnElement[bool]:
    """No store of it lies outside."""
    if store_ids is None:
        return true()
    outside = exists().where(
        ContestStore.brand_id == Contest.brand_id,
        ContestStore.contest_id == Contest.id,
        ContestStore.store_id.not_in(store_ids),
    )
    return ~outside
