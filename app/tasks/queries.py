"""Reading tasks: a guide's, a store's, and how many of what was given were done.

What ends a task is true at once: a purchase, a "no", an erasure hide it whether or not a job
has written that down.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    and_,
    false,
    func,
    or_,
    select,
    text,
    tuple_,
)

from app.core import clock, db
from app.core.db import session
from app.core.errors import NotFound
from app.credit.queries.period import Period
from app.members.models import Fan, Member
from app.owners.queries.covers import covered_by
from app.staff.models import Role, Staff, StaffStore
from app.staff.service import Actor
from app.tasks import sql
from app.tasks.models import (
    MessageState,
    Task,
    TaskBatch,
    TaskMessage,
    TaskRule,
    TaskState,
    TaskStep,
)

MOST_SHOWN = 200
HAS_GUIDE, HAS_NO_GUIDE = text(sql.HAS_GUIDE), text(f"NOT {sql.HAS_GUIDE}")


class NoTask(NotFound):
    """One answer for a task elsewhere and for none at all."""

    code, title = "no_task", "没有这个任务，或不在你的门店"


@dataclass(frozen=True)
class Standing:
    """A task with whom it concerns. `guide` is who has it; nobody: it is the store's."""

    task: Task
    member: Member
    guide: Staff | None
    is_live: bool


@dataclass(frozen=True)
class Rate:
    """What became of one guide's tasks in a span: `touched` of `given`; what she sold of them."""

    staff_id: int
    name: str
    given: int
    touched: int
    bought: int
    waiting: int  # open now


def is_hers(staff_id: int) -> ColumnElement[bool]:
    """Given to this guide, who works there."""
    return and_(Task.guide_id == staff_id, HAS_GUIDE)


def is_nobodys() -> ColumnElement[bool]:
    """The store's: any of its guides may take it."""
    return or_(Task.guide_id.is_(None), HAS_NO_GUIDE)


def is_covered(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """A colleague's who is away today, and for whom she stands in."""
    covered = covered_by(actor.staff_id, now)
    return tuple_(Task.guide_id, Task.store_id).in_(covered) if covered else false()


def is_live(now: datetime) -> TextClause:
    """Something is to be done: open, not bought since, not long over, and she may be asked."""
    asked = sql.given(now)
    return text(f"({sql.IS_LIVE})").bindparams(oldest=asked["oldest"], born_by=asked["born_by"])


def of_guide(actor: Actor, store_ids: Collection[int], now: datetime) -> list[Standing]:
    """Her own, those of whom she stands in for, and her stores' nobody's that have begun, what is
    due first."""
    mine = or_(is_hers(actor.staff_id), is_covered(actor, now), is_nobodys())
    begun = _live(store_ids, now).where(Task.starts_at <= now, mine)
    return _standings(begun.order_by(Task.due_at, Task.id).limit(MOST_SHOWN), now)


def of_stores(store_ids: Collection[int], now: datetime) -> list[Standing]:
    """All open ones of these stores, whoever has them, for their manager."""
    begun = _live(store_ids, now).where(Task.starts_at <= now)
    return _standings(begun.order_by(Task.due_at, Task.id).limit(MOST_SHOWN), now)


def due_count(actor: Actor, until: datetime) -> int:
    """How many of her own, and of whom she stands in for, are due before this moment and not over
    yet."""
    now = clock.now()
    is_hers_now = or_(is_hers(actor.staff_id), is_covered(actor, now))
    mine = _live(actor.store_ids or (), now).where(is_hers_now)
    counted = mine.where(Task.starts_at <= now, Task.due_at > now, Task.due_at <= until)
    return session.scalar(select(func.count()).select_from(counted.subquery())) or 0


def _live(store_ids: Collection[int], now: datetime) -> Select[Task]:
    return select(Task).where(Task.store_id.in_(store_ids), is_live(now))


def visible(task_id: int, actor: Actor) -> Task:
    """The task, if it is in one of her stores. Raises NoTask."""
    wanted = select(Task).filter_by(id=task_id).execution_options(populate_existing=True)
    task = session.scalar(wanted)
    if task is None or not actor.may_see_store(task.store_id):
        raise NoTask()
    return task


def standing(task: Task, now: datetime) -> Standing:
    """The task with whom it concerns, and whether anything is to be done about it."""
    [found] = _standings(select(Task).filter_by(id=task.id), now)
    return found


def _standings(tasks: Select[Task], now: datetime) -> list[Standing]:
    found = list(session.scalars(tasks))
    ids = [task.id for task in found]
    if not ids:
        return []
    about = (
        select(Task.id, Member, Staff, is_live(now))
        .join(Member, and_(Member.brand_id == Task.brand_id, Member.id == Task.member_id))
        .outerjoin(
            Staff, and_(Staff.brand_id == Task.brand_id, Staff.id == Task.guide_id, HAS_GUIDE)
        )
        .where(Task.id.in_(ids))
    )
    known = {row[0]: row for row in session.execute(about)}
    return [
        Standing(task, known[task.id][1], known[task.id][2], known[task.id][3]) for task in found
    ]


def may_act(one: Standing, actor: Actor, now: datetime) -> bool:
    """Whether it is hers to do, the store's, or a colleague's for whom she stands in."""
    if one.guide is None or one.guide.id == actor.staff_id:
        return True
    return (one.guide.id, one.task.store_id) in covered_by(actor.staff_id, now)


def steps_of(task_id: int) -> list[TaskStep]:
    """All that was done to it, in its order."""
    steps = select(TaskStep).filter_by(task_id=task_id).order_by(TaskStep.number)
    return list(session.scalars(steps))


def last_step(task_id: int) -> TaskStep | None:
    """What was done last."""
    steps = select(TaskStep).filter_by(task_id=task_id).order_by(TaskStep.number.desc())
    return session.scalar(steps.limit(1))


def messages_of(task_id: int) -> list[TaskMessage]:
    """What the system sent, the newest first."""
    sent = select(TaskMessage).filter_by(task_id=task_id).order_by(TaskMessage.id.desc())
    return list(session.scalars(sent))


def messages_to(member_id: int, limit: int) -> list[TaskMessage]:
    """What the system sent her last, from tasks or from her sheet, over all her WeChats."""
    hers = (Fan.brand_id == TaskMessage.brand_id) & (Fan.id == TaskMessage.fan_id)
    sent = select(TaskMessage).join(Fan, hers).where(Fan.member_id == member_id)
    return list(session.scalars(sent.order_by(TaskMessage.id.desc()).limit(limit)))


def is_sent(task_id: int, *, since: datetime | None) -> bool:
    """Whether a message from it went out, or may have, since the last touch."""
    sent = select(TaskMessage.id).filter_by(task_id=task_id)
    may_have = sent.where(TaskMessage.state != MessageState.REFUSED)
    if since is not None:
        may_have = may_have.where(TaskMessage.at > since)
    return session.scalar(may_have.limit(1)) is not None


def colleagues(store_id: int) -> list[Staff]:
    """Who works in this store and can be given a task, by name."""
    here = and_(StaffStore.brand_id == Staff.brand_id, StaffStore.staff_id == Staff.id)
    wanted = select(Staff).join(StaffStore, here).where(StaffStore.store_id == store_id)
    active = wanted.where(Staff.is_active, Staff.role.in_([Role.GUIDE, Role.STORE_MANAGER]))
    return list(session.scalars(active.order_by(Staff.name, Staff.id)))


# A purchase or a "no" that came before she was touched says nothing about the guide.
RATES = f"""
SELECT s.id AS staff_id, s.name,
    count(*) FILTER (WHERE counts) AS given,
    count(*) FILTER (WHERE counts AND touches > 0) AS touched,
    count(*) FILTER (WHERE counts AND touches > 0 AND has_bought) AS bought,
    count(*) FILTER (WHERE is_live) AS waiting
FROM (
    SELECT brand_id, guide_id, touches, has_bought, is_live AND has_begun AS is_live,
        touches > 0 OR is_live OR state IN ('done', 'opted_out', 'expired') AS counts
    FROM (
        SELECT brand_id, guide_id, touches, state,
            state = 'bought' OR {sql.BOUGHT_SINCE} AS has_bought, ({sql.IS_LIVE}) AS is_live,
            starts_at <= :now AS has_begun
        FROM tasks
        WHERE brand_id = :brand AND store_id = ANY(:stores) AND guide_id IS NOT NULL
            AND starts_at >= :since AND (starts_at <= :now OR touches > 0)
    ) AS one
) AS told JOIN staff s ON (s.brand_id, s.id) = (told.brand_id, told.guide_id)
GROUP BY s.id, s.name
ORDER BY s.name, s.id"""  # noqa: S608 - ours


def rates(store_ids: Collection[int], since: datetime) -> list[Rate]:
    """Of each guide of these stores, what became of what began since then. `given` is the sum of
    touched, still open, and let go by."""
    values = sql.given(clock.now()) | {"stores": sorted(store_ids), "since": since}
    return [Rate(**row) for row in session.execute(text(RATES), values).mappings()]


def given(period: Period) -> dict[tuple[int, int], int]:
    """By store and guide: tasks that began in the period by now and that were hers to do. What
    ended by itself before she touched it was no chance."""
    hers = [TaskState.OPEN, TaskState.DONE, TaskState.OPTED_OUT, TaskState.EXPIRED]
    counted = (
        select(Task.store_id, Task.guide_id, func.count())
        .where(Task.starts_at >= period.start, Task.starts_at < min(period.end, clock.now()))
        .where(Task.guide_id.is_not(None), or_(Task.touches > 0, Task.state.in_(hers)))
        .group_by(Task.store_id, Task.guide_id)
    )
    if period.store_ids is not None:
        counted = counted.where(Task.store_id.in_(period.store_ids))
    return {(store_id, guide or 0): count for store_id, guide, count in session.execute(counted)}


def rules() -> dict[str, TaskRule]:
    """What the brand has said of each kind of task, by kind."""
    return {rule.kind: rule for rule in session.scalars(select(TaskRule))}


def batches(limit: int = 20) -> Sequence[TaskBatch]:
    """What staff sent, the newest first."""
    return session.scalars(select(TaskBatch).order_by(TaskBatch.id.desc()).limit(limit)).all()


def batch(batch_id: int) -> TaskBatch:
    """Raises NoTask."""
    found = db.get(TaskBatch, batch_id)
    if found is None:
        raise NoTask()
    return found


def open_by_source() -> dict[tuple[str, str], int]:
    """How many tasks there are of each source and state, whole brand."""
    counted = select(Task.source, Task.state, func.count()).group_by(Task.source, Task.state)
    return {(source, state): n for source, state, n in session.execute(counted)}


def is_any_open(batch_ids: Collection[int]) -> bool:
    """Whether one of these batches is still being made."""
    open_ones = select(TaskBatch.id).where(
        TaskBatch.id.in_(batch_ids), TaskBatch.ended_at.is_(None)
    )
    return session.scalar(open_ones.limit(1)) is not None
