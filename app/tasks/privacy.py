"""What becomes of the tasks that were about a person: counts stay, nothing is done for her."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update

from app.core import bulk, clock, db
from app.core.db import session
from app.core.privacy import Fate, Person, Rule, Which, of_either, of_member
from app.tasks.models import ScriptUse, Task, TaskMessage, TaskState, TaskStep

COUNTS = "个保法第四条：去掉身份以后只是导购做了几件事的计数，不再对应任何人"


def _of_her_tasks(model: Any) -> Which:
    return lambda person: model.task_id.in_(select(Task.id).where(of_member(Task)(person)))


def _messages(person: Person) -> ColumnElement[bool]:
    return or_(TaskMessage.fan_id.in_(person.fan_ids), _of_her_tasks(TaskMessage)(person))


def _forget(person: Person) -> int:
    """Open ones end; what the sentences were made of goes."""
    mine = (Task.brand_id == db.current_brand_id()) & of_member(Task)(person)
    ended = {"state": TaskState.WITHDRAWN, "ended_at": clock.now()}
    plain = {"synchronize_session": False}
    open_ones = update(Task).where(mine, Task.state == TaskState.OPEN).values(**ended)
    session.execute(open_ones, execution_options=plain)
    bulk.count(update(Task).where(mine).values(facts={}, words=None))
    return session.scalar(select(func.count()).select_from(Task).where(mine)) or 0


RULES = (
    Rule(
        ScriptUse,
        "导购为您用过的话术",
        of_either(ScriptUse),
        Fate.KEPT,
        COUNTS,
        columns={"at": "时间", "script_id": "话术编号", "outcome": "结果"},
    ),
    Rule(
        TaskMessage,
        "导购请系统发给您的消息",
        _messages,
        columns={"at": "时间", "state": "结果"},
    ),
    Rule(
        TaskStep,
        "导购联系您的经过",
        _of_her_tasks(TaskStep),
        Fate.KEPT,
        COUNTS,
        columns={"at": "时间", "step": "做了什么", "outcome": "结果"},
    ),
    Rule(
        Task,
        "请导购联系您的任务",
        of_member(Task),
        Fate.KEPT,
        COUNTS,
        columns={
            "created_at": "时间",
            "source": "来由",
            "facts": "依据",
            "store_id": "门店编号",
            "state": "状态",
            "outcome": "结果",
        },
        act=_forget,
    ),
)
NOT_OF_PEOPLE = ("task_rules", "task_batches", "scripts", "script_versions", "script_favourites")
