"""What a brand says of each kind of task, and when its day is planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, db
from app.core.db import session
from app.core.errors import BadInput
from app.staff.service import Actor
from app.tasks import filling
from app.tasks.models import RuleKind, TaskRule

MOST_DAYS, MOST_FOR_DAYS = 365, 30
LEADS = (RuleKind.BASKET, RuleKind.VIEWED)


class BadRule(BadInput):
    code, title = "bad_task_rule", "还不能存，补好标出的几处再交"


@dataclass(frozen=True)
class Told:
    """A rule as somebody wrote it."""

    is_on: bool
    days: int
    for_days: int
    words: str

    def check(self) -> None:
        """Raises BadRule with fields."""
        found = {
            "days": None if 0 <= self.days <= MOST_DAYS else f"填 0 到 {MOST_DAYS} 天",
            "for_days": None
            if 1 <= self.for_days <= MOST_FOR_DAYS
            else f"填 1 到 {MOST_FOR_DAYS} 天",
            "words": filling.fault(self.words) if self.words else None,
        }
        fields = {name: [said] for name, said in found.items() if said}
        if fields:
            raise BadRule(fields=fields)


# What stands on the page until a brand has written its own; all of them are off.
DEFAULTS = {
    RuleKind.BIRTHDAY: Told(
        False, 7, 7, "{称呼}，生日快到了，{店名}给您留了份心意，方便时来坐坐。"
    ),
    RuleKind.COUPON: Told(False, 5, 5, "{称呼}，您的{券}，{券到期}就到期了，要帮您留点什么吗？"),
    RuleKind.CARE: Told(False, 7, 3, "{称呼}，{商品}用得怎么样？有不合适的随时找我。"),
    RuleKind.SLEEPING: Told(False, 30, 7, "{称呼}，好久不见，最近到了几款您可能喜欢的，来看看？"),
    RuleKind.BASKET: Told(False, 0, 2, "{称呼}，您选的{商品}店里有现货，我给您留一份？"),
    RuleKind.VIEWED: Told(False, 0, 3, "{称呼}，您看过的{商品}到店可以试用，要帮您约个时间吗？"),
}


def current() -> dict[RuleKind, Told]:
    """Every kind, as the brand has written it, else as it comes."""
    kept = {rule.kind: _told(rule) for rule in session.scalars(select(TaskRule))}
    return {kind: kept.get(kind, told) for kind, told in DEFAULTS.items()}


def _told(rule: TaskRule) -> Told:
    return Told(rule.is_on, rule.days, rule.for_days, rule.words)


def write(kind: RuleKind, told: Told, actor: Actor) -> None:
    """From the next planning on. Raises BadRule."""
    told.check()
    values = {
        "is_on": told.is_on,
        "days": told.days,
        "for_days": told.for_days,
        "words": told.words.strip(),
    }
    row = {"brand_id": db.current_brand_id(), "kind": kind} | values
    statement = insert(TaskRule).values(row)
    session.execute(
        statement.on_conflict_do_update(index_elements=["brand_id", "kind"], set_=values)
    )
    facts = {"is_on": told.is_on, "days": told.days, "for_days": told.for_days}
    audit.record("tasks.rule_written", actor=actor.audit_name, subject=f"task_rule:{kind}", **facts)


def held() -> Sequence[TaskRule]:
    """All of the brand's rules under their locks; none while another worker plans."""
    wanted = select(TaskRule).order_by(TaskRule.kind).execution_options(populate_existing=True)
    free = session.scalars(wanted.with_for_update(skip_locked=True)).all()
    return free if len(free) == len(session.scalars(select(TaskRule.kind)).all()) else []


def due(rules: Sequence[TaskRule], today: date) -> TaskRule | None:
    """The next that has not been planned today, in the order of the kinds."""
    kinds = [kind for kind in RuleKind if kind not in LEADS]
    waiting = {
        rule.kind: rule
        for rule in rules
        if rule.is_on
        and rule.kind in kinds
        and (rule.planned_on is None or rule.planned_on < today)
    }
    return next((waiting[kind] for kind in kinds if kind in waiting), None)
