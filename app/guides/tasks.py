"""A guide's tasks as her phone shows them: in groups by when they are due, each with its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.brands.models import Brand
from app.core import clock
from app.guides import scripts as script_view
from app.guides import words as guide_words
from app.guides.scripts import Sayable
from app.guides.variables import Known, called, known_of
from app.members import service as people
from app.owners.queries.covers import covered_by
from app.points import queries as points
from app.points.queries import Standing as TierStanding
from app.staff.models import Role, Staff
from app.staff.service import Actor
from app.stores import queries as stores
from app.stores.models import Store
from app.tasks import filling, queries, words
from app.tasks.models import Outcome, Step, Task, TaskStep
from app.tasks.queries import Rate, Standing
from app.tasks.service.acts import UNDO_FOR
from app.tasks.service.messages import Way, way_to

WEEK = timedelta(days=7)
RATE_SPAN = timedelta(days=30)
LATER_WORDS = (1, "明天"), (3, "三天后"), (7, "下周")
STEP_WORDS = {Step.TAKEN: "领了", Step.SNOOZED: "改了日子", Step.UNDONE: "撤销了上一步"}


@dataclass(frozen=True)
class Row:
    """One task in the list."""

    task: Task
    shown_name: str
    why: str
    line: str
    until: str
    guide: str | None  # who has it; None: the store's
    is_mine: bool
    is_covered: bool  # of a colleague who is away, and for whom she stands in


@dataclass(frozen=True)
class Groups:
    """What is due today, within a week, later; and what is over."""

    today: Sequence[Row]
    week: Sequence[Row]
    later: Sequence[Row]
    over: Sequence[Row]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.today or self.week or self.later or self.over)


@dataclass(frozen=True)
class Page:
    """One task, open."""

    row: Row
    is_live: bool
    phone_masked: str
    state: str
    way: Way
    history: Sequence[str]
    colleagues: Sequence[Staff]  # a manager may hand it to these
    days: Sequence[tuple[date, str]]
    messages: Sequence[str]
    scripts: Sequence[Sayable]  # the bandit's order; none: her line is all there is


@dataclass(frozen=True)
class Told:
    """What she has just done, with its way back."""

    words: str
    task_id: int
    number: int


def due_today(actor: Actor, zone: ZoneInfo) -> int:
    """How many of her own are due today."""
    return queries.due_count(actor, _end_of_today(clock.now(), zone))


def _end_of_today(now: datetime, zone: ZoneInfo) -> datetime:
    return clock.day_bounds(clock.business_day(now, zone), zone)[1]


def groups(actor: Actor, brand: Brand) -> Groups:
    """Her own and her stores' nobody's."""
    now = clock.now()
    return _grouped(queries.of_guide(actor, actor.store_ids or (), now), actor, brand, now)


def team(actor: Actor, brand: Brand) -> tuple[Groups, Sequence[Rate]]:
    """All of her stores' tasks, whoever has them, and each guide's rate of thirty days."""
    now, mine = clock.now(), actor.store_ids or frozenset()
    shown = _grouped(queries.of_stores(mine, now), actor, brand, now)
    return shown, queries.rates(mine, now - RATE_SPAN)


def _grouped(found: Sequence[Standing], actor: Actor, brand: Brand, now: datetime) -> Groups:
    rows = _rows(found, actor, brand, now)
    today = _end_of_today(now, brand.zoneinfo)
    ahead = [row for row in rows if row.task.due_at > now]
    return Groups(
        today=[row for row in ahead if row.task.due_at <= today],
        week=[row for row in ahead if today < row.task.due_at <= today + WEEK],
        later=[row for row in ahead if row.task.due_at > today + WEEK],
        over=[row for row in rows if row.task.due_at <= now],
    )


def _rows(found: Sequence[Standing], actor: Actor, brand: Brand, now: datetime) -> list[Row]:
    tiers = points.standings({one.member.id for one in found})
    shops = stores.by_ids({one.task.store_id for one in found})
    covered = covered_by(actor.staff_id, now)
    return [
        Row(
            task=one.task,
            shown_name=people.shown_name(one.member),
            why=words.why(one.task.source, one.task.facts),
            line=_line(one, _known(one, actor, brand, shops, tiers)),
            until=guide_words.last_day(one.task.due_at, now, brand.zoneinfo),
            guide=one.guide.name if one.guide else None,
            is_mine=one.guide is not None and one.guide.id == actor.staff_id,
            is_covered=one.guide is not None and (one.guide.id, one.task.store_id) in covered,
        )
        for one in found
    ]  # fmt: skip


def _known(
    one: Standing,
    actor: Actor,
    brand: Brand,
    shops: Mapping[int, Store],
    tiers: Mapping[int, TierStanding],
) -> Known:
    facts, tier = one.task.facts, tiers[one.member.id].tier_name
    return known_of(called(one.member), actor, brand, shops[one.task.store_id].name, tier, facts)


def _line(one: Standing, known: Known) -> str:
    """The brand's own words for this task, else what fits its situation."""
    return filling.fill(one.task.words or filling.SUGGESTED[one.task.situation], known)


def page(task_id: int, actor: Actor, brand: Brand) -> Page:
    """One task of her stores. Raises NoTask."""
    task, now = queries.visible(task_id, actor), clock.now()
    one = queries.standing(task, now)
    [row] = _rows([one], actor, brand, now)
    is_manager = actor.role == Role.STORE_MANAGER
    return Page(
        row=row,
        is_live=one.is_live,
        phone_masked=people.masked_phone(one.member) if one.member.phone_encrypted else "",
        state=words.STATES[task.state],
        way=way_to(task.member_id, now),
        history=_history(task_id, now, brand.zoneinfo),
        colleagues=_others(task, one.guide) if is_manager else [],
        days=_days(now, brand.zoneinfo),
        scripts=script_view.for_task(one, actor, brand),
        messages=[words.MESSAGES[each.state] for each in queries.messages_of(task_id)],
    )


def _others(task: Task, guide: Staff | None) -> list[Staff]:
    return [
        each for each in queries.colleagues(task.store_id) if guide is None or each.id != guide.id
    ]


def _days(now: datetime, zone: ZoneInfo) -> list[tuple[date, str]]:
    today = clock.business_day(now, zone)
    return [(today + timedelta(days=number), said) for number, said in LATER_WORDS]


def _history(task_id: int, now: datetime, zone: ZoneInfo) -> list[str]:
    return [
        f"{guide_words.day(step.at, now, zone)} {_of_step(step)}"
        for step in queries.steps_of(task_id)
    ]


def _of_step(step: TaskStep) -> str:
    if step.outcome is not None:
        return words.OUTCOMES[Outcome(step.outcome)]
    return STEP_WORDS.get(step.step, "转给了同事")


def told(task_id: int | None, actor: Actor) -> Told | None:
    """What she did a moment ago, if it is hers to take back."""
    step = queries.last_step(task_id) if task_id else None
    if step is None or step.by_id != actor.staff_id or step.step == Step.UNDONE:
        return None
    is_final = step.outcome == Outcome.OPTED_OUT or clock.now() - step.at > UNDO_FOR
    return None if is_final else Told(f"记下了：{_of_step(step)}", step.task_id, step.number)
