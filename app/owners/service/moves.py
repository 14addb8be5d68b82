"""Many members change hands together, a helping a transaction: killed anywhere, it goes on.

A member goes from one open row to another in one transaction, so at any moment, also between two
helpings, each has exactly the owner she had or exactly the one she gets.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select, text, update

from app.core import audit, clock, db, events, queue
from app.core.db import session
from app.core.errors import BadInput, Conflict, NotFound
from app.core.events import News
from app.owners import queries
from app.owners.models import (
    LONGEST_REASON,
    MemberOwner,
    MoveKind,
    MoveState,
    OwnerMove,
    OwnerMoveRow,
    RowState,
    Why,
)
from app.owners.service import handing
from app.owners.service.handing import Handing
from app.staff.service import Actor

AT_ONCE = 1_000
WORKING = (MoveState.RUNNING, MoveState.UNDOING)
IS_APPLYING = (OwnerMove.kind == MoveKind.RULE) & (OwnerMove.state == MoveState.RUNNING)


class NoMove(NotFound):
    code, title = "no_move", "没有这次交接，或不在你的范围内"


class NoReason(BadInput):
    code, title = "no_reason", f"写一句为什么换人，最多 {LONGEST_REASON} 个字"


class NotDone(Conflict):
    code, title = "move_not_done", "这次交接还没做完，或已经撤销过了"


@dataclass(frozen=True)
class Step:
    """One member of a move: whose she is, whose she becomes."""

    member_id: int
    from_staff_id: int | None
    from_store_id: int | None
    to_staff_id: int
    to_store_id: int | None


_ADD = text(
    "INSERT INTO owner_move_rows (brand_id, move_id, member_id, from_staff_id, from_store_id,"
    "   to_staff_id, to_store_id, why, state)"
    " SELECT :brand, :move, given.*, :why, 'due' FROM unnest(CAST(:members AS bigint[]),"
    "   CAST(:froms AS bigint[]), CAST(:from_stores AS bigint[]), CAST(:tos AS bigint[]),"
    "   CAST(:to_stores AS bigint[])) AS given"
    " ON CONFLICT (brand_id, move_id, member_id) DO UPDATE SET state = 'due',"
    "   to_staff_id = excluded.to_staff_id, to_store_id = excluded.to_store_id"
)


def begin(
    kind: MoveKind,
    steps: Sequence[Step],
    *,
    reason: str,
    by: Actor,
    leaver_ids: Collection[int] = (),
) -> OwnerMove:
    """Write down who goes where; `step` does it, the first helping at once, the rest in the worker.

    Raises NoReason.
    """
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise NoReason()
    staff_ids = {each.to_staff_id for each in steps} | {each.from_staff_id or 0 for each in steps}
    move = opened(kind, staff_ids, said, by, leaver_ids=sorted(leaver_ids))
    add(move.id, kind, steps)
    facts = {"members": len(steps), "kind": kind, "leavers": sorted(leaver_ids)}
    audit.record("owners.moved", actor=by.audit_name, subject=f"move:{move.id}", **facts)
    return move


def opened(
    kind: MoveKind, staff_ids: Collection[int], reason: str, by: Actor, **more: Any
) -> OwnerMove:
    """A move that begins now, with what each of these has before it."""
    move = OwnerMove(
        kind=kind,
        state=MoveState.RUNNING,
        reason=reason,
        loads={str(staff_id): some for staff_id, some in queries.loads(staff_ids).items()},
        made_by_id=by.staff_id,
        made_at=clock.now(),
        **more,
    )
    session.add(move)
    session.flush()
    return move


def add(move_id: int, kind: MoveKind, steps: Sequence[Step]) -> None:
    """More members for it."""
    values = {
        "brand": db.current_brand_id(),
        "move": move_id,
        "why": str(Why.LEAVING if kind == MoveKind.LEAVING else Why.TRANSFER),
        "members": [each.member_id for each in steps],
        "froms": [each.from_staff_id for each in steps],
        "from_stores": [each.from_store_id for each in steps],
        "tos": [each.to_staff_id for each in steps],
        "to_stores": [each.to_store_id for each in steps],
    }
    if steps:
        session.execute(_ADD, values)


def undo(move_id: int, by: Actor) -> OwnerMove:
    """Everybody who has not changed hands again goes back to exactly whom she came from.

    Raises NoMove, NotDone.
    """
    move = held(move_id)
    if move.state != MoveState.DONE:
        raise NotDone()
    move.state, move.ended_at = MoveState.UNDOING, None
    move.undone_by_id, move.undone_at = by.staff_id, clock.now()
    session.flush()
    audit.record("owners.move_undone", actor=by.audit_name, subject=f"move:{move.id}")
    step(move.id)
    return move


def held(move_id: int) -> OwnerMove:
    """The move, kept from others until the commit. Raises NoMove."""
    wanted = select(OwnerMove).filter_by(id=move_id).with_for_update()
    move = session.scalar(wanted, execution_options={"populate_existing": True})
    if move is None:
        raise NoMove()
    return move


def step(move_id: int) -> bool:
    """A helping of it, or of its undoing; whether it got on. A rule that is being applied goes on
    by itself (`applying.step`)."""
    move = claimed(move_id, OwnerMove.state.in_(WORKING), ~IS_APPLYING)
    if move is None:
        return False
    is_undoing = move.state == MoveState.UNDOING
    rows = _some(move.id, RowState.MOVED if is_undoing else RowState.DUE)
    if not rows:
        move.state = MoveState.UNDONE if is_undoing else MoveState.DONE
        move.ended_at = clock.now()
        return True
    _take_back(move, rows) if is_undoing else _hand_over(move, rows)
    if len(rows) < AT_ONCE:
        return step(move_id)
    queue.ring(queue.BULK)
    return True


def claimed(move_id: int, *conditions: ColumnElement[bool]) -> OwnerMove | None:
    """The move if it is so, and nobody else works on it: nobody will until the commit."""
    wanted = select(OwnerMove).where(OwnerMove.id == move_id, *conditions)
    fresh = {"populate_existing": True}
    return session.scalar(wanted.with_for_update(skip_locked=True), execution_options=fresh)


def _some(move_id: int, state: RowState) -> list[OwnerMoveRow]:
    of_move = select(OwnerMoveRow).where(
        OwnerMoveRow.move_id == move_id, OwnerMoveRow.state == state
    )
    found = of_move.order_by(OwnerMoveRow.member_id).limit(AT_ONCE)
    return list(session.scalars(found, execution_options={"populate_existing": True}))


def _hand_over(move: OwnerMove, rows: Sequence[OwnerMoveRow]) -> None:
    handings = [
        Handing(
            row.member_id,
            row.to_staff_id,
            row.to_store_id,
            row.why,
            only_from=row.from_staff_id or 0,
        )
        for row in rows
    ]
    opened = handing.give(handings, only_active=True)
    _mark(move, opened, RowState.MOVED)
    _mark_rest(move, rows, opened, RowState.KEPT)
    tell(move, [row for row in rows if row.member_id in opened])


def _take_back(move: OwnerMove, rows: Sequence[OwnerMoveRow]) -> None:
    """Who changed hands since, and came back even, is left alone: her open row is another."""
    handing.lock([row.member_id for row in rows])
    now = queries.open_rows([row.member_id for row in rows])
    same = [row for row in rows if _is_where_we_left_her(row, now.get(row.member_id))]
    back = handing.give(
        [Handing(row.member_id, row.from_staff_id, row.from_store_id, Why.UNDONE) for row in same]
    )
    _mark(move, back, RowState.BACK)
    _mark_rest(move, rows, back, RowState.STAYED)
    tell(move, [row for row in rows if row.member_id in back], is_back=True)


def _is_where_we_left_her(row: OwnerMoveRow, now: MemberOwner | None) -> bool:
    return (now.id if now else None) == row.owner_id


_MARK = text(
    "UPDATE owner_move_rows SET state = :state, owner_id = given.owner_id"
    " FROM unnest(CAST(:members AS bigint[]), CAST(:owners AS bigint[]))"
    "   AS given (member_id, owner_id)"
    " WHERE brand_id = :brand AND move_id = :move"
    "   AND owner_move_rows.member_id = given.member_id"
)


def _mark(move: OwnerMove, opened: dict[int, int | None], state: RowState) -> None:
    values = {"members": list(opened), "owners": list(opened.values()), "state": str(state)}
    session.execute(_MARK, values | {"brand": db.current_brand_id(), "move": move.id})


def _mark_rest(
    move: OwnerMove, rows: Sequence[OwnerMoveRow], done: Collection[int], state: RowState
) -> None:
    left = [row.member_id for row in rows if row.member_id not in done]
    theirs = update(OwnerMoveRow).where(_of(move), OwnerMoveRow.member_id.in_(left))
    if left:
        session.execute(
            theirs.values(state=state), execution_options={"synchronize_session": False}
        )


def _of(move: OwnerMove) -> ColumnElement[bool]:
    return (OwnerMoveRow.brand_id == move.brand_id) & (OwnerMoveRow.move_id == move.id)


def tell(move: OwnerMove, rows: Sequence[OwnerMoveRow], *, is_back: bool = False) -> None:
    """On her timeline, and to those who keep what hangs on her guide: tasks follow her."""
    events.record_all([_news(move, row, is_back) for row in rows])


def _news(move: OwnerMove, row: OwnerMoveRow, is_back: bool) -> News:
    one = {"staff_id": row.from_staff_id, "store_id": row.from_store_id}
    other = {"staff_id": row.to_staff_id, "store_id": row.to_store_id}
    before, after = (other, one) if is_back else (one, other)
    data = {
        "from_staff_id": before["staff_id"],
        "to_staff_id": after["staff_id"],
        "store_id": after["store_id"],
        "move_id": move.id,
        "is_undone": is_back,
    }
    return News("member.handed_over", clock.now(), data, member_id=row.member_id)
