"""What the moves did, for those who look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from app.core import db
from app.core.db import session
from app.owners.models import OwnerMove, OwnerMoveRow, RowState
from app.owners.service import NoMove
from app.staff.models import ALL_STORES
from app.staff.service import Actor

SHOWN = 20


@dataclass(frozen=True)
class Got:
    """What one guide got by a move; `before` is from the moment it began."""

    staff_id: int
    before: int
    gets: int


@dataclass(frozen=True)
class Report:
    """A move, its members by state (their sum is `whole`), and who got how many."""

    move: OwnerMove
    states: Mapping[RowState, int]
    got: Sequence[Got]

    @property
    def whole(self) -> int:
        """How many members it is about."""
        return sum(self.states.values())


def report(move_id: int, by: Actor) -> Report:
    """One move that she may see. Raises NoMove."""
    move = db.get(OwnerMove, move_id)
    if move is None or not _may_see(move, by):
        raise NoMove()
    return _reports([move])[0]


def newest(by: Actor) -> list[Report]:
    """The last moves: the brand's for headquarters, else one's own."""
    wanted = select(OwnerMove).order_by(OwnerMove.made_at.desc(), OwnerMove.id.desc()).limit(SHOWN)
    if by.role not in ALL_STORES:
        wanted = wanted.where(OwnerMove.made_by_id == by.staff_id)
    return _reports(list(session.scalars(wanted)))


def _may_see(move: OwnerMove, by: Actor) -> bool:
    return by.role in ALL_STORES or move.made_by_id == by.staff_id


def _reports(moves: Sequence[OwnerMove]) -> list[Report]:
    columns = (OwnerMoveRow.move_id, OwnerMoveRow.to_staff_id, OwnerMoveRow.state)
    counted = select(*columns, func.count().label("many")).group_by(*columns)
    found = session.execute(
        counted.where(OwnerMoveRow.move_id.in_([move.id for move in moves]))
    ).all()
    return [_report(move, [row for row in found if row.move_id == move.id]) for move in moves]


def _report(move: OwnerMove, rows: Sequence[Row[*tuple[Any, ...]]]) -> Report:
    states: dict[RowState, int] = {}
    gets: dict[int, int] = {}
    for row in rows:
        states[RowState(row.state)] = states.get(RowState(row.state), 0) + row.many
        gets[row.to_staff_id] = gets.get(row.to_staff_id, 0) + row.many
    before = move.loads
    got = [Got(each, before.get(str(each), 0), some) for each, some in sorted(gets.items())]
    return Report(move, states, got)
