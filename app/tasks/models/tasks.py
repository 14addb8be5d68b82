"""A task: one member, one cause, one guide; what was done about it; what was written to her."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to

LONGEST_KEY = 96


class Source(StrEnum):
    """Where a task comes from."""

    STAFF = "staff"
    PUSH = "push"  # a push that could not reach her
    BIRTHDAY = "birthday"
    COUPON = "coupon"  # one of hers is about to expire
    SLEEPING = "sleeping"
    CARE = "care"  # some days after a purchase
    VIEWED = "viewed"  # leads that another system tells
    BASKET = "basket"


SPREAD = (Source.STAFF, Source.PUSH)  # come in crowds: dealt out over days, so many a day


class Situation(StrEnum):
    """What a script is for: who stands in the store, or why a guide writes to her."""

    NEW = "new"  # followed with this very scan
    RETURNING = "returning"  # follows already, no member
    FRIEND = "friend"  # has just added a guide at WeCom, no member
    JOINED = "joined"  # became a member on this visit, or of late
    MEMBER = "member"  # one who came
    ASLEEP = "asleep"  # one who came after a longer time than she does
    SLEEPING = "sleeping"  # one who does not come
    RESTOCK = "restock"
    BIRTHDAY = "birthday"
    COUPON = "coupon"
    CARE = "care"
    LEAD = "lead"
    NEWS = "news"


FACE_TO_FACE = (
    Situation.NEW,
    Situation.RETURNING,
    Situation.FRIEND,
    Situation.JOINED,
    Situation.MEMBER,
    Situation.ASLEEP,
)
OF_FANS = (Situation.NEW, Situation.RETURNING, Situation.FRIEND)  # none of them is a member
FROM_AFAR = tuple(
    each for each in Situation if each not in FACE_TO_FACE or each is Situation.JOINED
)


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"  # touched as often as she is touched
    BOUGHT = "bought"
    OPTED_OUT = "opted_out"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # nobody may contact her any more


class Outcome(StrEnum):
    """What came of a touch."""

    COMING = "coming"
    REPLIED = "replied"
    NO_ANSWER = "no_answer"
    OPTED_OUT = "opted_out"


class Task(NumberedBrandRow):
    """Do this for her until then. `source_key` names the cause: the same one makes no second task.

    Without `guide_id`, or once that guide works in the store no more, it is the store's, for any
    of its guides to take. `changes` counts what was done to it; whoever acts says which count she
    saw. `facts` are what its sentence is made of: figures and the brand's words, nobody's name.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("brand_id", "source_key"),
        belongs_to("members", "member_id"),
        belongs_to("stores", "store_id"),
        belongs_to("staff", "guide_id"),
        belongs_to("task_batches", "batch_id"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("due_at > starts_at", name="dates"),
        CheckConstraint("touches >= 0", name="touches"),
        Index(None, "brand_id", "member_id"),
        Index(None, "brand_id", "store_id", "starts_at"),
        Index("ix_tasks_open", "brand_id", "store_id", "due_at", postgresql_where="state = 'open'"),
        Index("ix_tasks_over", "due_at", postgresql_where="state = 'open'"),
    )

    source: Mapped[Source] = mapped_column(String(8))
    source_key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    situation: Mapped[Situation] = mapped_column(String(8))
    member_id: Mapped[int]
    store_id: Mapped[int]
    guide_id: Mapped[int | None]
    batch_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    words: Mapped[str | None] = mapped_column(String(300))  # what the brand suggests to say
    created_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[TaskState] = mapped_column(String(12), default=TaskState.OPEN)
    outcome: Mapped[Outcome | None] = mapped_column(String(12))
    touches: Mapped[int] = mapped_column(SmallInteger, default=0)
    touched_at: Mapped[datetime | None]
    changes: Mapped[int] = mapped_column(SmallInteger, default=0)
    ended_at: Mapped[datetime | None]


class Step(StrEnum):
    TAKEN = "taken"  # out of the store's pool
    GIVEN = "given"  # by a manager, to somebody else
    OUTCOME = "outcome"
    SNOOZED = "snoozed"
    UNDONE = "undone"


class TaskStep(BrandRow):
    """One thing that was done to a task: the `number` is its count of changes afterwards.

    Append-only. `before` is what the step changed, so that it can be undone. The phone's `key`
    makes a replayed tap the first one.
    """

    __tablename__ = "task_steps"
    __table_args__ = (
        belongs_to("tasks", "task_id"),
        belongs_to("staff", "by_id"),
        belongs_to("staff", "to_id"),
        UniqueConstraint("brand_id", "key"),
        CheckConstraint("(step = 'outcome') = (outcome IS NOT NULL)", name="outcome"),
        CheckConstraint("(step = 'given') = (to_id IS NOT NULL)", name="given"),
    )

    task_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    step: Mapped[Step] = mapped_column(String(8))
    outcome: Mapped[Outcome | None] = mapped_column(String(12))
    at: Mapped[datetime]
    by_id: Mapped[int]
    to_id: Mapped[int | None]
    key: Mapped[str] = mapped_column(String(64))
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)


class MessageState(StrEnum):
    CALLING = "calling"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # no answer came: shown, never sent again


class TaskMessage(NumberedBrandRow):
    """A message to her, sent by the system from a task, or from her sheet without one. WeChat
    keeps no key for it, so ours is committed before the call. What it said is not kept: it holds
    her name."""

    __tablename__ = "task_messages"
    __table_args__ = (
        belongs_to("tasks", "task_id"),
        belongs_to("fans", "fan_id"),
        belongs_to("staff", "by_id"),
        UniqueConstraint("brand_id", "key"),
        Index(None, "brand_id", "task_id"),
        Index(None, "brand_id", "fan_id", "at"),
        Index(None, "brand_id", "by_id", "at"),
        Index("ix_task_messages_calling", "at", postgresql_where="state = 'calling'"),
    )

    task_id: Mapped[int | None]
    fan_id: Mapped[int]
    by_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    state: Mapped[MessageState] = mapped_column(String(8), default=MessageState.CALLING)
    at: Mapped[datetime]
    errcode: Mapped[int | None]
