"""Somebody decides that these members get another guide."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from app.core.db import session
from app.core.errors import BadInput, NotFound
from app.members.models import Member
from app.owners import queries
from app.owners.models import MemberOwner, MoveKind, OwnerMove
from app.owners.service import moves
from app.owners.service.moves import Step
from app.staff.models import Role, Staff, StaffStore
from app.staff.service import Actor

MOST_AT_ONCE = 5_000


class NobodyChosen(BadInput):
    code, title = "nobody_chosen", f"先选会员，一次最多 {MOST_AT_ONCE:,} 位"


class NotAMember(NotFound):
    code, title = "no_member", "有的会员不在你的门店，或已经合并、注销；刷新名单再选"


class CannotTake(NotFound):
    code, title = "cannot_take", "这位导购不在你的门店，或已经停用；换一位接手"


@dataclass(frozen=True)
class Guide:
    """Somebody who may take members, in her first store."""

    staff_id: int
    name: str
    store_id: int
    load: int


def takers(by: Actor) -> list[Guide]:
    """Who may take members here: guides and managers who work in the actor's stores."""
    works = (StaffStore.brand_id == Staff.brand_id) & (StaffStore.staff_id == Staff.id)
    roles = Staff.role.in_([Role.GUIDE, Role.STORE_MANAGER])
    first = func.min(StaffStore.store_id)
    wanted = select(Staff.id, Staff.name, first).join(StaffStore, works)
    wanted = wanted.where(roles, Staff.is_active).group_by(Staff.id, Staff.name)
    if by.store_ids is not None:
        wanted = wanted.where(StaffStore.store_id.in_(by.store_ids))
    found = session.execute(wanted.order_by(first, Staff.name, Staff.id)).all()
    loads = queries.loads([staff_id for staff_id, _, _ in found])
    return [Guide(one, name, store, loads.get(one, 0)) for one, name, store in found]


def chosen(member_ids: Collection[int], by: Actor) -> list[Member]:
    """These members, all within the actor's stores. Raises NobodyChosen, NotAMember."""
    wanted = set(member_ids)
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise NobodyChosen()
    hers = select(Member).where(
        Member.id.in_(wanted), Member.erased_at.is_(None), Member.merged_into_id.is_(None)
    )
    if by.store_ids is not None:
        here = queries.is_looked_after_in(by.store_ids)
        hers = hers.where(or_(Member.main_store_id.in_(by.store_ids), here))
    found = list(session.scalars(hers.order_by(Member.id)))
    if len(found) < len(wanted):
        raise NotAMember()
    return found


def transfer(member_ids: Collection[int], to_staff_id: int, *, reason: str, by: Actor) -> OwnerMove:
    """Give these to that guide. Raises NobodyChosen, NotAMember, CannotTake, NoReason."""
    members = chosen(member_ids, by)
    guide = next((each for each in takers(by) if each.staff_id == to_staff_id), None)
    if guide is None:
        raise CannotTake()
    now = queries.open_rows([member.id for member in members])
    steps = [
        _step(member, now.get(member.id), guide)
        for member in members
        if member.guide_id != to_staff_id
    ]
    move = moves.begin(MoveKind.TRANSFER, steps, reason=reason, by=by)
    moves.step(move.id)
    return move


def _step(member: Member, now: MemberOwner | None, guide: Guide) -> Step:
    store_id = member.main_store_id
    works = select(StaffStore.store_id).filter_by(staff_id=guide.staff_id, store_id=store_id or 0)
    to_store = store_id if session.scalar(works) else guide.store_id
    came_from, at = (now.staff_id, now.store_id) if now else (None, None)
    return Step(member.id, came_from, at, guide.staff_id, to_store)
