"""What staff sends to everybody with a tag: a batch is asked for here and made by the worker."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from app.core import audit, clock, db, queue
from app.core.db import session
from app.core.errors import BadInput
from app.members.models import Member, MemberTag, Tag
from app.staff.service import Actor
from app.tasks import filling, queries
from app.tasks.models import BatchState, Situation, TaskBatch

LONGEST_WHY, LONGEST_WORDS, MOST_DAYS = 60, 300, 30


class BadBatch(BadInput):
    code, title = "bad_task_batch", "还不能派，补好标出的几处再交"


@dataclass(frozen=True)
class Errand:
    """What guides are asked to do, and how long they have for it."""

    situation: Situation
    why: str
    words: str
    for_days: int

    def check(self) -> None:
        """Raises BadBatch with fields."""
        found = {
            "why": _length(self.why, LONGEST_WHY, "写一句为什么，导购先看到这一句"),
            "words": filling.fault(self.words) if self.words else None,
            "for_days": None if 1 <= self.for_days <= MOST_DAYS else f"填 1 到 {MOST_DAYS} 天",
        }
        fields = {name: [said] for name, said in found.items() if said}
        if fields:
            raise BadBatch(fields=fields)


def _length(given: str, longest: int, missing: str) -> str | None:
    if not given.strip():
        return missing
    return f"最多 {longest} 个字" if len(given) > longest else None


def start(tag_id: int, errand: Errand, actor: Actor) -> TaskBatch:
    """Have it made for everybody with the tag. Raises BadBatch."""
    errand.check()
    if db.get(Tag, tag_id) is None:
        raise BadBatch(fields={"tag": ["选一个标签，才知道派给谁"]})
    batch = TaskBatch(
        tag_id=tag_id,
        situation=errand.situation,
        why=errand.why.strip(),
        words=errand.words.strip() or None,
        for_days=errand.for_days,
        people=session.scalar(select(func.count()).select_from(tagged(tag_id).subquery())) or 0,
        asked_by_id=actor.staff_id,
        asked_at=clock.now(),
    )
    session.add(batch)
    session.flush()
    subject = f"task_batch:{batch.id}"
    audit.record("tasks.sent", actor=actor.audit_name, subject=subject, tag=tag_id)
    queue.ring(queue.BULK)
    return batch


def stop(batch_id: int, actor: Actor) -> None:
    """Nobody more gets one of it; what guides have stays. Twice is once. Raises NoTask."""
    queries.batch(batch_id)
    batch = held(batch_id)
    if batch is None or batch.state != BatchState.MAKING:
        return
    batch.state, batch.ended_at = BatchState.STOPPED, clock.now()
    audit.record("tasks.stopped", actor=actor.audit_name, subject=f"task_batch:{batch.id}")
    session.flush()


def held(batch_id: int, *, is_patient: bool = True) -> TaskBatch | None:
    """The batch under its lock; None when there is none, or another worker is at it."""
    wanted = select(TaskBatch).filter_by(id=batch_id).execution_options(populate_existing=True)
    return session.scalar(wanted.with_for_update(key_share=True, skip_locked=not is_patient))


def tagged(tag_id: int) -> Select[int]:
    """The members with this tag who stand for themselves and were not forgotten."""
    stands = Member.merged_into_id.is_(None) & Member.erased_at.is_(None)
    hers = (Member.brand_id == MemberTag.brand_id) & (Member.id == MemberTag.member_id)
    return select(MemberTag.member_id).join(Member, hers).where(MemberTag.tag_id == tag_id, stands)
