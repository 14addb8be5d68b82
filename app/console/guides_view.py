"""导购排行: each guide's chances, what she made of them, and her part of the store's sales."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from app.complaints import queries as complaints
from app.complaints.queries import Counted
from app.credit.queries import answers, chances, replaying, ruling, shares
from app.credit.queries import period as periods
from app.credit.queries.answers import Answers
from app.credit.queries.chances import Chances
from app.credit.queries.ruling import Version
from app.credit.queries.shares import Sum
from app.insights.figures import rounded
from app.staff import queries as staff
from app.stores import queries as stores
from app.tasks import queries as tasks


@dataclass(frozen=True)
class Row:
    """A guide of a store; the store's own part has no `staff_id` and stands last."""

    staff_id: int | None
    name: str
    chances: Chances
    answers: Answers
    complaints: Counted
    fen: int
    gross_fen: int  # before anything came back
    order_count: int
    again_fen: int | None  # under another rule, where one was asked for
    place: int | None

    @property
    def per_chance_fen(self) -> int | None:
        """Rounded half up; None without a chance."""
        return rounded(max(self.fen, 0), self.chances.chances) if self.chances.chances else None


@dataclass(frozen=True)
class Block:
    """A store: its rows add up to what it sold, under either rule."""

    name: str
    rows: Sequence[Row]
    sales_fen: int

    @property
    def fen(self) -> int:
        """All rows together."""
        return sum(row.fen for row in self.rows)

    @property
    def again_fen(self) -> int:
        """The same under the other rule."""
        return sum(row.again_fen or 0 for row in self.rows)

    @property
    def is_balanced(self) -> bool:
        """Whether the page may say that all of it is there."""
        return self.fen == self.sales_fen


@dataclass(frozen=True)
class Ranking:
    """A month of these stores, and the rules that may be tried on it."""

    month: str
    blocks: Sequence[Block]
    held: Sequence[Version]
    versions: Sequence[Version]
    tried: Version | None
    digest: str | None

    @property
    def changed(self) -> int:
        """How many guides the other rule gives another sum."""
        rows = [row for block in self.blocks for row in block.rows if row.staff_id]
        return len({row.staff_id for row in rows if row.again_fen not in (None, row.fen)})


@dataclass(frozen=True)
class _Served:
    """How guides served, by store and guide; complaints about no guide are their store's."""

    chances: Mapping[tuple[int, int], Chances]
    answers: Mapping[tuple[int | None, int], Answers]
    complaints: Mapping[tuple[int | None, int | None], Counted]

    def of(self, store_id: int, staff_id: int | None) -> tuple[Chances, Answers, Counted]:
        whose = store_id, staff_id or 0
        return (
            self.chances.get(whose) or Chances(*whose),
            self.answers.get(whose) or Answers(),
            self.complaints.get((store_id, staff_id)) or Counted(),
        )


def ranking(month: str, store_ids: Collection[int] | None, tried: Version | None) -> Ranking:
    """The month as it stands, and beside it under another rule. Raises NotAMonth."""
    period = periods.month(month, store_ids)
    replay = replaying.replay(period, tried.rule) if tried else None
    again = {(each.store_id, each.staff_id): each.fen for each in replay.sums} if replay else None
    found = _Served(
        chances.chances(period, tasks.given),
        answers.answers(period),
        complaints.counts(*period.days, store_ids),
    )
    sums = {(each.store_id, each.staff_id): each for each in shares.sums(period)}
    return Ranking(
        month,
        _blocks(sums, again, found, shares.sales(period)),
        ruling.held(period.start, period.end),
        ruling.history(),
        tried,
        replay.digest if replay else None,
    )


def _blocks(
    sums: Mapping[tuple[int, int | None], Sum],
    again: Mapping[tuple[int, int | None], int] | None,
    found: _Served,
    sales: Mapping[int, int],
) -> list[Block]:
    told = {(store_id, one) for store_id, one in found.complaints if store_id is not None}
    whose = {*sums, *(again or {}), *found.chances, *told}
    people, named = staff.names(), stores.by_ids({store_id for store_id, _ in whose})
    return [
        Block(
            named[store_id].name,
            _placed(
                [
                    _row(store_id, one, people, sums, again, found)
                    for each, one in whose
                    if each == store_id
                ]
            ),
            sales.get(store_id, 0),
        )
        for store_id in sorted(named)
    ]


def _row(
    store_id: int,
    staff_id: int | None,
    people: Mapping[int, str],
    sums: Mapping[tuple[int, int | None], Sum],
    again: Mapping[tuple[int, int | None], int] | None,
    found: _Served,
) -> Row:
    held = sums.get((store_id, staff_id)) or Sum(store_id, staff_id, 0, 0, 0)
    mine, answered, complained = found.of(store_id, staff_id)
    tried = None if again is None else again.get((store_id, staff_id), 0)
    name = people.get(staff_id, "—") if staff_id else "门店（没有人）"
    return Row(
        staff_id,
        name,
        mine,
        answered,
        complained,
        held.fen,
        held.gross_fen,
        held.order_count,
        tried,
        None,
    )


def _placed(rows: Sequence[Row]) -> list[Row]:
    """Those with enough chances by what each chance brought, the same place for the same; then
    the others by name, then the store."""
    enough = sorted((row for row in rows if row.chances.is_enough and row.staff_id), key=_best)
    few = [row for row in rows if row.staff_id and not row.chances.is_enough]
    own = [row for row in rows if not row.staff_id]
    firsts = {_worth(row): place for place, row in reversed(list(enumerate(enough, start=1)))}
    placed = [Row(**row.__dict__ | {"place": firsts[_worth(row)]}) for row in enough]
    return [*placed, *sorted(few, key=lambda row: (-row.chances.chances, row.name)), *own]


def _worth(row: Row) -> int:
    return row.per_chance_fen or 0


def _best(row: Row) -> tuple[int, str]:
    return -_worth(row), row.name
