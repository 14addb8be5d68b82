"""A rule of the brand: published, and if somebody wants it so, applied to everybody at once.

Applying goes through the members by their numbers. Whose each is, is asked when her turn comes,
under her row's lock: whoever was served meanwhile is judged with that, and killed anywhere, it
goes on behind the last helping that was committed.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.brands import service as brands
from app.core import audit, clock, queue
from app.core.db import session
from app.core.errors import Conflict
from app.members.models import Member
from app.owners import form
from app.owners.models import (
    MoveKind,
    MoveState,
    OwnerMove,
    OwnerMoveRow,
    OwnerRule,
    RowState,
)
from app.owners.queries import ruling
from app.owners.rules import Rule, Step
from app.owners.service import assigning, moves
from app.owners.service.assigning import Done
from app.staff.models import Role, Staff
from app.staff.service import Actor

AT_ONCE = 1_000


class SameRule(Conflict):
    code, title = "same_owner_rule", "和现在的规则一样，没有什么要发布"


class NothingToApply(Conflict):
    code, title = "no_rule_to_apply", "现在没有归属规则，先发布一版"


class IsApplying(Conflict):
    code, title = "owner_rule_applying", "上一次按规则重新分还没做完，等它做完再来"


def publish(steps: Sequence[Step], *, by: Actor) -> Rule:
    """A new rule from now on; nobody changes hands by that. Raises NotARule, SameRule."""
    form.refuse_unfit(steps)
    number = brands.next_version(OwnerRule.version)
    if tuple(steps) == ruling.in_force().steps:
        raise SameRule()
    row = OwnerRule(
        version=number, steps=form.dump(steps), made_at=clock.now(), made_by=by.audit_name
    )
    session.add(row)
    session.flush()
    subject = f"owner_rule:{number}"
    audit.record("owners.rule_published", actor=by.audit_name, subject=subject, steps=row.steps)
    return ruling.rule_of(row)


def apply(*, by: Actor) -> OwnerMove:
    """Everybody goes to whom the rule in force says; the first helping at once, the rest in the
    worker. Can be undone like every move. Raises NothingToApply, IsApplying."""
    brands.hold()
    rule = ruling.in_force()
    if not rule.steps:
        raise NothingToApply()
    if session.scalar(select(OwnerMove.id).where(moves.IS_APPLYING).limit(1)):
        raise IsApplying()
    guides = session.scalars(select(Staff.id).where(Staff.role != Role.ADMIN)).all()
    reason = f"归属规则第 {rule.version} 版"
    move = moves.opened(MoveKind.RULE, guides, reason, by, rule_version=rule.version)
    facts = {"kind": MoveKind.RULE, "rule": rule.version}
    audit.record("owners.moved", actor=by.audit_name, subject=f"move:{move.id}", **facts)
    step(move.id)
    return move


def step(move_id: int) -> bool:
    """A helping of a rule that is being applied; whether it got on."""
    move = moves.claimed(move_id, moves.IS_APPLYING)
    if move is None:
        return False
    ids = _next(move.reached)
    if ids:
        _helping(move, ids)
        move.reached = ids[-1]
    if len(ids) < AT_ONCE:
        move.state, move.ended_at = MoveState.DONE, clock.now()
    else:
        queue.ring(queue.BULK)
    return True


def _next(reached: int) -> Sequence[int]:
    standing = Member.erased_at.is_(None) & Member.merged_into_id.is_(None)
    wanted = select(Member.id).where(Member.id > reached, standing)
    return session.scalars(wanted.order_by(Member.id).limit(AT_ONCE)).all()


def _helping(move: OwnerMove, ids: Sequence[int]) -> None:
    rule = ruling.by_number(move.rule_version or 0)
    rows = [_row(move, each) for each in assigning.carry_out(rule, ids)]
    session.add_all(rows)
    session.flush()
    moves.tell(move, rows)


def _row(move: OwnerMove, done: Done) -> OwnerMoveRow:
    return OwnerMoveRow(
        move_id=move.id,
        member_id=done.handing.member_id,
        from_staff_id=done.decided.from_staff_id,
        from_store_id=done.decided.from_store_id,
        to_staff_id=done.handing.staff_id,
        to_store_id=done.handing.store_id,
        why=done.handing.why,
        state=RowState.MOVED,
        owner_id=done.owner_id,
    )
