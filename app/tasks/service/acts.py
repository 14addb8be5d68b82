"""What a guide does with a task. Each act is one conditional UPDATE on the count of changes that
she saw: of two who act at once one does it and the other is told, and a tap that comes twice,
under its own key, is the first one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select, true, update

from app.brands import service as brands
from app.core import clock, db
from app.core.db import session
from app.core.errors import BadInput, Conflict
from app.members import service as members
from app.staff.models import Role
from app.staff.service import Actor
from app.tasks import following, queries
from app.tasks.models import Outcome, Step, Task, TaskState, TaskStep
from app.tasks.policy import task_policy
from app.tasks.service import scripts

UNDO_FOR = timedelta(minutes=10)
MOST_SNOOZE = 14
SHORTEST_KEY, LONGEST_KEY = 8, 40
DOOR = "guide"
BEFORE = ("guide_id", "state", "outcome", "touches")
MOMENTS = ("starts_at", "due_at", "touched_at", "ended_at")


class NoKey(BadInput):
    code, title = "no_key", "这一步没有编号，刷新页面后再点一次"


class BadDay(BadInput):
    code, title = "bad_day", f"选明天到 {MOST_SNOOZE} 天以内的一天"


class HasChanged(Conflict):
    code, title = "task_changed", "这个任务刚被改过，刷新后再看"


class IsOver(Conflict):
    code, title = "task_over", "这个任务已经结束，不用再联系她"


class SomeoneHasIt(Conflict):
    code, title = "someone_has_it", "同事先拿了这个任务，你的操作没有生效"


class NotAColleague(BadInput):
    code, title = "not_a_colleague", "这位同事不在这家店，选一位本店的"


class NotYourCall(Conflict):
    code, title = "not_your_call", "只有店长能把任务转给别人"


class TooLateToUndo(Conflict):
    code, title = "too_late_to_undo", "过了 10 分钟，或任务又有了变化，撤不了"


@dataclass(frozen=True)
class Tap:
    """Who tapped, on which state of the task, under which key of her page."""

    actor: Actor
    seen: int
    key: str

    @property
    def own_key(self) -> str:
        """The key under her own name: another guide's is another one. Raises NoKey."""
        if not SHORTEST_KEY <= len(self.key) <= LONGEST_KEY:
            raise NoKey()
        return f"{self.actor.staff_id}:{self.key}"


def take(task_id: int, tap: Tap) -> TaskStep:
    """Out of the store's pool, hers from here on. Raises NoTask, SomeoneHasIt, IsOver."""
    values = {"guide_id": tap.actor.staff_id}
    return _act(task_id, tap, Step.TAKEN, queries.is_nobodys(), values)


def note(task_id: int, outcome: Outcome, tap: Tap) -> TaskStep:
    """What came of a touch; a "no" ends all that anybody wants of her, on every channel, for good.

    Raises NoTask, SomeoneHasIt, HasChanged, IsOver.
    """
    task, now = queries.visible(task_id, tap.actor), clock.now()
    zone = brands.get(task.brand_id).zoneinfo
    after = following.next_touch(task, outcome, task_policy(), now, zone)
    values = {"guide_id": _whose(tap.actor), **following.after_touch(task, outcome, after, now)}
    step = _act(task_id, tap, Step.OUTCOME, _free_or(tap.actor), values, outcome=outcome)
    scripts.came_of(task_id, outcome, tap.actor.staff_id)
    if outcome is Outcome.OPTED_OUT:
        members.refuse_marketing(None, task.member_id, DOOR)
        end_all_of(task.member_id, TaskState.OPTED_OUT)
    return step


def snooze(task_id: int, day: date, tap: Tap) -> TaskStep:
    """Not before this day. Raises NoTask, SomeoneHasIt, HasChanged, IsOver, BadDay."""
    task = queries.visible(task_id, tap.actor)
    zone = brands.get(task.brand_id).zoneinfo
    today = clock.business_day(clock.now(), zone)
    if not timedelta(days=1) <= day - today <= timedelta(days=MOST_SNOOZE):
        raise BadDay()
    begins, ends = clock.day_bounds(day, zone)
    values = {
        "guide_id": _whose(tap.actor), "starts_at": begins, "due_at": max(task.due_at, ends),
    }  # fmt: skip
    return _act(task_id, tap, Step.SNOOZED, _free_or(tap.actor), values)


def hand_over(task_id: int, to_id: int, tap: Tap) -> TaskStep:
    """A manager gives it to somebody else of the store. Raises NoTask, NotYourCall,
    NotAColleague, HasChanged, IsOver."""
    task = queries.visible(task_id, tap.actor)
    if tap.actor.role != Role.STORE_MANAGER:
        raise NotYourCall()
    if to_id not in {one.id for one in queries.colleagues(task.store_id)}:
        raise NotAColleague()
    return _act(task_id, tap, Step.GIVEN, true(), {"guide_id": to_id}, to_id=to_id)


def undo(task_id: int, number: int, tap: Tap) -> TaskStep:
    """As it was before her last step, within ten minutes. A "no" stays: it was not hers to say.

    Raises NoTask, TooLateToUndo.
    """
    queries.visible(task_id, tap.actor)
    known = _known(tap, task_id)
    if known is not None:
        return known
    step = session.get(TaskStep, (db.current_brand_id(), task_id, number))
    if step is None or not _may_undo(step, tap.actor):
        raise TooLateToUndo()
    changed = _update(task_id, number, true(), _back(step.before))
    if changed is None:
        return _known(tap, task_id) or _raise(TooLateToUndo())
    return _write(changed, tap, Step.UNDONE, {})


def _may_undo(step: TaskStep, actor: Actor) -> bool:
    is_hers = step.by_id == actor.staff_id and step.step != Step.UNDONE
    return is_hers and step.outcome != Outcome.OPTED_OUT and clock.now() - step.at <= UNDO_FOR


def end_all_of(member_id: int, state: TaskState) -> None:
    """Nothing is to be done for her any more."""
    hers = (Task.brand_id == db.current_brand_id()) & (Task.member_id == member_id)
    ended = update(Task).where(hers, Task.state == TaskState.OPEN)
    session.execute(ended.values(state=state, ended_at=clock.now()), execution_options=_PLAIN)


_PLAIN = {"synchronize_session": False}


def _free_or(actor: Actor) -> ColumnElement[bool]:
    """Hers, a colleague's for whom she stands in, or nobody's: who acts on the store's takes it."""
    covered = queries.is_covered(actor, clock.now())
    return or_(queries.is_hers(actor.staff_id), covered, queries.is_nobodys())


def _whose(actor: Actor) -> ColumnElement[int]:
    """The task stays with whom she stands in for; any other is hers from here on."""
    covered = queries.is_covered(actor, clock.now())
    return case((covered, Task.guide_id), else_=actor.staff_id)


def _act(
    task_id: int,
    tap: Tap,
    kind: Step,
    condition: ColumnElement[bool],
    values: Mapping[str, Any],
    **step: Any,
) -> TaskStep:
    task = queries.visible(task_id, tap.actor)
    known = _known(tap, task_id)
    if known is not None:
        return known
    before = _image(task)
    is_so = and_(condition, queries.is_live(clock.now()))
    changed = _update(task_id, tap.seen, is_so, values) if task.changes == tap.seen else None
    if changed is None:
        return _known(tap, task_id) or _raise(_why_not(task_id, tap))
    return _write(changed, tap, kind, before, **step)


def _update(
    task_id: int, seen: int, condition: ColumnElement[bool], values: Mapping[str, Any]
) -> Task | None:
    """The one way in which a task changes; None when it is not as it was seen."""
    ours = (Task.brand_id == db.current_brand_id()) & (Task.id == task_id) & (Task.changes == seen)
    changed = update(Task).where(ours, condition).values(changes=seen + 1, **values)
    fresh = {"populate_existing": True, **_PLAIN}
    return session.scalars(changed.returning(Task), execution_options=fresh).first()


def _write(task: Task, tap: Tap, kind: Step, before: Mapping[str, Any], **step: Any) -> TaskStep:
    written = TaskStep(
        task_id=task.id,
        number=task.changes,
        step=kind,
        at=clock.now(),
        by_id=tap.actor.staff_id,
        key=tap.own_key,
        before=dict(before),
        **step,
    )
    session.add(written)
    session.flush()
    return written


def _known(tap: Tap, task_id: int) -> TaskStep | None:
    """What this very tap did already. Raises HasChanged for a key that did something else."""
    found = session.scalar(select(TaskStep).filter_by(key=tap.own_key))
    if found is not None and found.task_id != task_id:
        raise HasChanged()
    return found


def _image(task: Task) -> dict[str, Any]:
    moments = {name: getattr(task, name) for name in MOMENTS}
    told = {name: at.isoformat() if at else None for name, at in moments.items()}
    return {name: getattr(task, name) for name in BEFORE} | told


def _back(before: Mapping[str, Any]) -> dict[str, Any]:
    moments = {
        name: datetime.fromisoformat(before[name]) if before[name] else None for name in MOMENTS
    }
    return {name: before[name] for name in BEFORE} | moments


def _why_not(task_id: int, tap: Tap) -> Conflict:
    now = clock.now()
    found = queries.standing(queries.visible(task_id, tap.actor), now)
    if not found.is_live:
        return IsOver()
    if found.guide is not None and not queries.may_act(found, tap.actor, now):
        return SomeoneHasIt(f"{found.guide.name}先拿了这个任务，你的操作没有生效")
    return HasChanged()


def _raise(error: Conflict) -> Any:
    raise error
