"""Where tasks come from in crowds: rules that look every day, and what staff sends to a tag."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to
from app.tasks.models.tasks import Situation

LONGEST_WORDS = 300


class RuleKind(StrEnum):
    """In this order they are planned: whoever has a task already gets none of a later one."""

    BIRTHDAY = "birthday"
    COUPON = "coupon"
    CARE = "care"
    SLEEPING = "sleeping"
    BASKET = "basket"
    VIEWED = "viewed"


class TaskRule(BrandRow):
    """What a brand says of one kind of task. `days` is how long before, or after, as the kind has
    it; `for_days` is how long a guide has for it. `planned_on` is the brand's last day that was
    planned; leads come one by one and have none."""

    __tablename__ = "task_rules"
    __table_args__ = (
        CheckConstraint("days BETWEEN 0 AND 365", name="days"),
        CheckConstraint("for_days BETWEEN 1 AND 30", name="for_days"),
    )

    kind: Mapped[RuleKind] = mapped_column(String(8), primary_key=True)
    is_on: Mapped[bool] = mapped_column(default=False, server_default=false())
    days: Mapped[int] = mapped_column(SmallInteger)
    for_days: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str] = mapped_column(String(LONGEST_WORDS))
    planned_on: Mapped[date | None]


class BatchState(StrEnum):
    MAKING = "making"
    DONE = "done"
    STOPPED = "stopped"


class TaskBatch(NumberedBrandRow):
    """What staff sends to everybody with a tag. `people` is how many that are, when it was asked
    for and in the end those who were seen; `chosen_to` is the last member dealt with. Each step is
    one transaction, so a worker that dies loses nothing and doubles nobody."""

    __tablename__ = "task_batches"
    __table_args__ = (
        belongs_to("tags", "tag_id"),
        belongs_to("staff", "asked_by_id"),
        CheckConstraint("for_days BETWEEN 1 AND 30", name="for_days"),
        CheckConstraint("made BETWEEN 0 AND seen", name="counts"),
        CheckConstraint("seen <= people", name="people"),
        CheckConstraint("(state = 'making') = (ended_at IS NULL)", name="ended"),
        Index("ix_task_batches_open", "id", postgresql_where="state = 'making'"),
    )

    tag_id: Mapped[int]
    situation: Mapped[Situation] = mapped_column(String(8))
    why: Mapped[str] = mapped_column(String(60))
    words: Mapped[str | None] = mapped_column(String(LONGEST_WORDS))
    for_days: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[BatchState] = mapped_column(String(8), default=BatchState.MAKING)
    chosen_to: Mapped[int] = mapped_column(default=0)
    people: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    asked_by_id: Mapped[int]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
