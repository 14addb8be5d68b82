"""Making two members one, and two again: one transaction each, audited, harmless when raced."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg.errors import LockNotAvailable
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app.core import audit, clock, events
from app.core.db import session
from app.core.errors import Conflict, NotFound
from app.core.events import News
from app.journeys.merging.fans import returning
from app.journeys.merging.rows import Pair
from app.journeys.merging.table import RULES
from app.members.models import Member, MemberMerge, MemberTwin, TwinState


class NobodyToMerge(NotFound):
    code, title = "no_member", "没有这位会员，或不在你的范围内"


class AlreadyMerged(Conflict):
    code, title = "already_merged", "其中一位刚刚并入了别的会员，打开她的页面再看"


class NotMerged(NotFound):
    code, title = "not_merged", "没有这次合并，或已经撤销了"


class LaterMerge(Conflict):
    code, title = "later_merge", "她后来还并过别人，先撤销最近的那一次"


class Busy(Conflict):
    code, title = "member_busy", "有人正在改这位会员，等几秒再试一次"


class CannotUndo(Conflict):
    code, title = "cannot_undo", "其中一位已经注销，这次合并不能再撤销"


@dataclass(frozen=True)
class Kept:
    """Something that an undoing could not give back."""

    table: str
    words: str


def merge(one_id: int, other_id: int, *, actor: str) -> MemberMerge:
    """Make the two one: the longer a member, the survivor. A person has decided it.

    Raises NobodyToMerge, AlreadyMerged, Busy. The rows of both are locked in the order of their
    ids, so that of two merges with one member in common the second sees what the first did.
    """
    survivor, merged = in_order(*_locked(one_id, other_id))
    done = MemberMerge(
        survivor_id=survivor.id,
        merged_id=merged.id,
        merged_at=clock.now(),
        merged_by=actor,
        record={},
    )
    session.add(done)
    session.flush()
    pair = Pair(survivor.id, merged.id, done.id)
    done.record = {name: rule.merge(pair) for name, rule in RULES.items()}
    _settle_twins(pair, actor)
    _tell(pair, actor=actor)
    session.refresh(done)
    return done


def in_order(one: Member, other: Member) -> tuple[Member, Member]:
    """(survivor, merged): who has been a member longer stays."""
    first, second = sorted((one, other), key=lambda member: (member.joined_on, member.id))
    return first, second


def undo(merge_id: int, *, actor: str) -> list[Kept]:
    """Make them two again; answers what could not be given back.

    What happened since stays with the survivor, but for what came through a WeChat that goes
    back. Raises NotMerged, LaterMerge, CannotUndo, Busy.
    """
    done = _standing(merge_id)
    survivor, merged = _rows((done.survivor_id, done.merged_id), {done.survivor_id: 0})
    if survivor.erased_at or merged.erased_at:
        raise CannotUndo()
    _refuse_if_later(done)
    fan_ids = returning(survivor.id, done.record["fans"])
    coupon_ids = tuple(done.record["coupons"]["moved"])
    pair = Pair(survivor.id, merged.id, done.id, fan_ids, coupon_ids)
    kept = [
        Kept(name, words)
        for name, record in _recorded(done)
        for words in RULES[name].undo(pair, record)
    ]
    done.undone_at, done.undone_by = clock.now(), actor
    done.kept = [vars(each) for each in kept]
    session.flush()
    _tell(pair, actor=actor, is_undone=True)
    return kept


def _recorded(done: MemberMerge) -> list[tuple[str, object]]:
    """What the merge did, in the order of the rules: JSON keeps none."""
    return [(name, done.record[name]) for name in RULES if name in done.record]


def _locked(one_id: int, other_id: int) -> tuple[Member, Member]:
    if one_id == other_id:
        raise AlreadyMerged()
    found = _rows((one_id, other_id), {})
    if any(member.merged_into_id or member.erased_at for member in found):
        raise AlreadyMerged()
    return found


def _rows(ids: tuple[int, int], first: dict[int, int]) -> tuple[Member, Member]:
    """Both rows, locked; `first` says who is answered first. Raises NobodyToMerge, Busy."""
    wanted = select(Member).where(Member.id.in_(ids)).order_by(Member.id).with_for_update()
    try:
        found = session.scalars(wanted, execution_options={"populate_existing": True}).all()
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise Busy() from None
        raise
    if len(found) < 2:
        raise NobodyToMerge()
    one, other = sorted(found, key=lambda member: first.get(member.id, 1))
    return one, other


def _standing(merge_id: int) -> MemberMerge:
    wanted = select(MemberMerge).filter_by(id=merge_id, undone_at=None).with_for_update()
    done = session.scalar(wanted, execution_options={"populate_existing": True})
    if done is None:
        raise NotMerged()
    return done


def _refuse_if_later(done: MemberMerge) -> None:
    """The last one in is the first one out, so that what is given back is there."""
    hers = (MemberMerge.survivor_id == done.survivor_id) & (MemberMerge.id > done.id)
    gone = MemberMerge.merged_id == done.survivor_id
    later = select(MemberMerge.id).where(hers | gone, MemberMerge.undone_at.is_(None))
    if session.scalar(later.limit(1)) is not None:
        raise LaterMerge()


def _settle_twins(pair: Pair, actor: str) -> None:
    low, high = sorted((pair.survivor_id, pair.merged_id))
    ours = (MemberTwin.low_id == low) & (MemberTwin.high_id == high)
    decided = {"state": TwinState.MERGED, "decided_at": clock.now(), "decided_by": actor}
    session.execute(update(MemberTwin).where(ours).values(decided))


def _tell(pair: Pair, *, actor: str, is_undone: bool = False) -> None:
    """On her timeline and in the audit, in this transaction; then nothing read before is true."""
    hers, ids = pair.survivor_id, {"merge_id": pair.merge_id, "merged_id": pair.merged_id}
    name = "member.unmerged" if is_undone else "member.merged"
    events.record_all([News(name, clock.now(), ids, member_id=hers)])
    act = "members.unmerged" if is_undone else "members.merged"
    audit.record(act, actor=actor, subject=f"member:{hers}", **ids)
    session.expire_all()
