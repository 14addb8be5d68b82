"""Two members who may be one person: noted once, decided by a person."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, clock, db
from app.core.db import session
from app.core.errors import NotFound
from app.members.models import Fan, Member, MemberTwin, TwinReason, TwinState


class NoTwins(NotFound):
    code, title = "no_twins", "没有这一对，或已经有人决定了"


def suspect(one_id: int, other_id: int, reason: TwinReason) -> None:
    """These two may be one person. A pair that was decided on is not asked about again."""
    known = [each for each in (_standing(one_id), _standing(other_id)) if each]
    if len(set(known)) < 2:
        return  # one person by now, or one of them was never kept
    low, high = sorted(known)
    values = {
        "brand_id": db.current_brand_id(),
        "low_id": low,
        "high_id": high,
        "reason": reason,
        "state": TwinState.OPEN,
        "found_at": clock.now(),
    }
    session.execute(insert(MemberTwin).values(values).on_conflict_do_nothing())


def _standing(member_id: int) -> int | None:
    """Herself, or who she turned out to be."""
    standing = func.coalesce(Member.merged_into_id, Member.id)
    return session.scalar(select(standing).where(Member.id == member_id))


def suspect_by_unionid(fan: Fan) -> None:
    """WeChat says that this fan and another are one person, and we know them as two members."""
    if fan.unionid_index is None or fan.member_id is None:
        return
    same_person = Fan.unionid_index == fan.unionid_index
    hers = select(Fan.member_id).where(same_person, Fan.member_id != fan.member_id)
    for other_id in session.scalars(hers.distinct()).all():
        suspect(fan.member_id, other_id or 0, TwinReason.UNIONID)


def settle_twins(twin_id: int, state: TwinState, *, actor: str) -> MemberTwin:
    """A person has decided. Raises NoTwins when somebody was quicker."""
    row = db.get(MemberTwin, twin_id)
    if row is None or row.state != TwinState.OPEN:
        raise NoTwins()
    row.state, row.decided_at, row.decided_by = state, clock.now(), actor
    if state == TwinState.DIFFERENT:
        pair = {"low_id": row.low_id, "high_id": row.high_id}
        audit.record("twins.different", actor=actor, subject=f"twins:{row.id}", **pair)
    return row
