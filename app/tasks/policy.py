"""What a brand decides about its guides' tasks: kept in its settings under `tasks`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.brands.models import Brand
from app.core import audit, db
from app.core.db import session
from app.core.errors import BadInput
from app.staff.service import Actor

MOST_A_DAY, MOST_TOUCHES, MOST_REST = 50, 9, 60


class BadPolicy(BadInput):
    code, title = "bad_task_policy", "每天 1 到 50 个，每个任务联系 1 到 9 次，间隔 1 到 60 天"


@dataclass(frozen=True)
class TaskPolicy:
    """`per_day` new tasks a guide gets in a day; after `touches` touches a task is done; between
    two of them, and before another rule asks for her, `rest_days` pass."""

    per_day: int = 8
    touches: int = 3
    rest_days: int = 3


def read(settings: Mapping[str, Any] | None) -> TaskPolicy:
    """What stands in a brand's settings."""
    known = TaskPolicy()
    kept = settings or {}
    return TaskPolicy(
        kept.get("per_day", known.per_day),
        kept.get("touches", known.touches),
        kept.get("rest_days", known.rest_days),
    )


def task_policy() -> TaskPolicy:
    """The current brand's."""
    return read(_brand().settings.get("tasks"))


def change(to: TaskPolicy, by: Actor) -> None:
    """From now on. Raises BadPolicy."""
    limits = (to.per_day, MOST_A_DAY), (to.touches, MOST_TOUCHES), (to.rest_days, MOST_REST)
    if not all(1 <= value <= most for value, most in limits):
        raise BadPolicy()
    kept = {"per_day": to.per_day, "touches": to.touches, "rest_days": to.rest_days}
    brand = _brand()
    brand.settings = {**brand.settings, "tasks": kept}
    session.flush()
    audit.record("tasks.policy_changed", actor=by.audit_name, subject=f"brand:{brand.id}", **kept)


def _brand() -> Brand:
    return session.get_one(Brand, db.current_brand_id())
