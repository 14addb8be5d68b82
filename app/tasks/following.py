"""What follows from what came of a touch: pure, no session, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core import clock
from app.tasks.models import Outcome, Task, TaskState
from app.tasks.policy import TaskPolicy

FOR_DAYS = 2  # a next touch is for its day and the one after
NEXT_DAYS = {Outcome.COMING: 3, Outcome.NO_ANSWER: 1}  # she said she comes; another day


@dataclass(frozen=True)
class Next:
    """When the guide is asked again; None: the task is done."""

    starts_at: datetime | None
    due_at: datetime | None


def next_touch(
    task: Task, outcome: Outcome, policy: TaskPolicy, now: datetime, zone: ZoneInfo
) -> Next:
    """Bought ends a task by itself, so whoever is asked again has not. At most so many touches;
    after a "no" none."""
    if outcome is Outcome.OPTED_OUT or task.touches + 1 >= policy.touches:
        return Next(None, None)
    days = NEXT_DAYS.get(outcome, policy.rest_days)
    day = clock.business_day(now, zone) + timedelta(days=days)
    until = clock.day_bounds(day + timedelta(days=FOR_DAYS - 1), zone)[1]
    return Next(clock.day_bounds(day, zone)[0], until)


def after_touch(task: Task, outcome: Outcome, following: Next, now: datetime) -> Mapping[str, Any]:
    """The columns that the touch changes."""
    touched = {"outcome": outcome, "touches": task.touches + 1, "touched_at": now}
    if following.starts_at is not None:
        return touched | {"starts_at": following.starts_at, "due_at": following.due_at}
    is_no = outcome is Outcome.OPTED_OUT
    state = TaskState.OPTED_OUT if is_no else TaskState.DONE
    return touched | {"state": state, "ended_at": now}
