"""Guides leave: their customers are shared out among those who stay, by store and by load."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, text

from app.core import db, queue
from app.core.db import session
from app.core.errors import BadInput, Conflict
from app.owners import balance, queries
from app.owners.models import MoveKind, MoveState, OwnerMove
from app.owners.service import moves, sharing
from app.owners.service.moves import Step
from app.staff.models import StaffStore
from app.staff.service import Actor


class NobodyLeaves(BadInput):
    code, title = "nobody_leaves", "先选要离职的导购"


class NobodyTakes(Conflict):
    code, title = "nobody_takes", "有门店没有人能接，先在员工里给那家店或大区加人"


@dataclass(frozen=True)
class Taker:
    """What one who stays gets."""

    staff_id: int
    before: int
    gets: int

    @property
    def after(self) -> int:
        """How many she will look after."""
        return self.before + self.gets


@dataclass(frozen=True)
class Plan:
    """Who would take whom. `stores_without`: customers are there, and nobody takes them."""

    leaver_ids: tuple[int, ...]
    steps: Sequence[Step]
    takers: Sequence[Taker]
    stores_without: Sequence[int] = ()
    from_elsewhere: Mapping[int, int] = field(default_factory=dict)  # store: how many leave it

    @property
    def most(self) -> int:
        """The most that somebody who takes some will have."""
        return max((each.after for each in self.takers if each.gets), default=0)

    @property
    def fewest(self) -> int:
        """The fewest that somebody who takes some will have."""
        return min((each.after for each in self.takers if each.gets), default=0)


# In which store a customer is looked after: where her row says, else her own, else the guide's.
_LEFT = text(
    "SELECT held.member_id, held.staff_id, held.store_id AS from_store_id,"
    "  coalesce(held.store_id, m.main_store_id,"
    "    (SELECT min(w.store_id) FROM staff_stores w"
    "     WHERE w.brand_id = held.brand_id AND w.staff_id = held.staff_id)) AS store_id"
    " FROM member_owners AS held"
    " JOIN members AS m ON (m.brand_id, m.id) = (held.brand_id, held.member_id)"
    " WHERE held.brand_id = :brand AND held.until IS NULL AND held.staff_id = ANY(:leavers)"
    " ORDER BY held.member_id"
)


def plan(leaver_ids: Collection[int]) -> Plan:
    """Share out what the leavers have; the same answer until something changes.

    Raises NobodyLeaves.
    """
    if not leaver_ids:
        raise NobodyLeaves()
    values = {"brand": db.current_brand_id(), "leavers": sorted(leaver_ids)}
    left = session.execute(_LEFT, values).all()
    by_store: dict[int, list[int]] = {}
    for row in left:
        by_store.setdefault(row.store_id or 0, []).append(row.member_id)
    takers = sharing.takers_of(by_store, leaver_ids)
    without = sorted(store for store in by_store if not takers.get(store))
    kept = {store: found for store, found in by_store.items() if store not in without}
    loads = queries.loads({guide for each in takers.values() for guide in each})
    counts = {store: len(found) for store, found in kept.items()}
    shares = balance.share(counts, takers, loads)
    dealt = sharing.dealt(kept, shares)
    works = _works_in({guide for _, guide in shares})
    steps = [
        Step(
            row.member_id,
            row.staff_id,
            row.from_store_id,
            dealt[row.member_id],
            _where(row.store_id or 0, works[dealt[row.member_id]]),
        )
        for row in left
        if row.member_id in dealt
    ]
    return Plan(
        tuple(sorted(leaver_ids)),
        steps,
        _shown(takers, shares, loads),
        without,
        _moving(shares, works),
    )


def hand_over(found: Plan, *, reason: str, by: Actor) -> OwnerMove:
    """Carry a plan out. The leavers can no longer sign in: see to that first, in the same
    transaction, so that nobody is given to them meanwhile. Raises NobodyTakes, NoReason."""
    if found.stores_without:
        raise NobodyTakes()
    kind, leavers = MoveKind.LEAVING, found.leaver_ids
    move = moves.begin(kind, found.steps, reason=reason, by=by, leaver_ids=leavers)
    go_on(move.id)
    return move


def go_on(move_id: int) -> bool:
    """A helping of any move; whether it got on. A hand-over is done once the leavers have nobody:
    whose new guide left meanwhile is shared out again."""
    if not moves.step(move_id):
        return False
    move = moves.held(move_id)
    if (move.kind, move.state) == (MoveKind.LEAVING, MoveState.DONE):
        _sweep(move)
    return True


def _sweep(move: OwnerMove) -> None:
    left = plan(move.leaver_ids)
    if left.steps:
        moves.add(move.id, MoveKind.LEAVING, left.steps)
        move.state, move.ended_at = MoveState.RUNNING, None
        queue.ring(queue.BULK)


def _works_in(guides: Collection[int]) -> dict[int, list[int]]:
    wanted = select(StaffStore.staff_id, StaffStore.store_id).where(StaffStore.staff_id.in_(guides))
    found: dict[int, list[int]] = {}
    for guide, store in session.execute(wanted.order_by(StaffStore.store_id)):
        found.setdefault(guide, []).append(store)
    return found


def _where(store: int, works: Sequence[int]) -> int:
    """The same store where her new guide works there too, else the guide's own."""
    return store if store in works else works[0]


def _shown(
    takers: Mapping[int, Sequence[int]], shares: balance.Shares, loads: Mapping[int, int]
) -> list[Taker]:
    gets: dict[int, int] = dict.fromkeys({each for some in takers.values() for each in some}, 0)
    for (_, guide), some in shares.items():
        gets[guide] += some
    return [Taker(each, loads.get(each, 0), some) for each, some in sorted(gets.items())]


def _moving(shares: balance.Shares, works: Mapping[int, Sequence[int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for (store, guide), some in shares.items():
        if store not in works[guide]:
            found[store] = found.get(store, 0) + some
    return found
