"""Pushes: the plan, one run a period, one delivery a person, batches as WeChat takes them."""

from __future__ import annotations

from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Text,
    Time,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to

TEXT_LIMIT = 600  # characters; Chinese ones, with room to spare in WeChat's 2,048 bytes
TEXT_BYTES = 2048
MONTHLY_CAP = 4  # mass messages a fan may get in a calendar month, by WeChat's rule


class PushState(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"  # for somebody else to approve it
    SCHEDULED = "scheduled"
    PAUSED = "paused"
    FINISHED = "finished"


HELD = (PushState.PAUSED, PushState.WAITING)  # nothing of it starts or goes on


class Push(NumberedBrandRow):
    """What is sent to whom and when: every month on a day, or once."""

    __tablename__ = "pushes"
    __table_args__ = (
        belongs_to("tags", "tag_id"),
        belongs_to("staff", "asked_by_id"),
        belongs_to("staff", "approved_by_id"),
        CheckConstraint("approved_by_id <> asked_by_id", name="somebody_else"),
        CheckConstraint("state <> 'waiting' OR asked_by_id IS NOT NULL", name="is_asked"),
        CheckConstraint("holdout_basis_points BETWEEN 0 AND 5000", name="holdout"),
        CheckConstraint("day_of_month BETWEEN 1 AND 31", name="day"),
        CheckConstraint(
            "state = 'draft' OR once_at IS NOT NULL OR"
            " (day_of_month IS NOT NULL AND at_time IS NOT NULL)",
            name="has_time",
        ),
    )

    name: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"))
    tag_id: Mapped[int | None]
    text: Mapped[str] = mapped_column(Text, default="")
    holdout_basis_points: Mapped[int] = mapped_column(default=0)
    day_of_month: Mapped[int | None] = mapped_column(SmallInteger)
    at_time: Mapped[time | None] = mapped_column(Time)
    once_at: Mapped[datetime | None]
    is_for_guides_too: Mapped[bool] = mapped_column(default=False, server_default=false())
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    state: Mapped[PushState] = mapped_column(String(12), default=PushState.DRAFT)
    created_by_id: Mapped[int | None]
    asked_by_id: Mapped[int | None]
    asked_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None]
    created_at: Mapped[datetime]


class RunState(StrEnum):
    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    STOPPED = "stopped"


ACTIVE = (RunState.PLANNED, RunState.SENDING)


class PushRun(NumberedBrandRow):
    """One period of a push; the unique key makes a second start harmless. `handed_to` is the last
    fan whose guide was told that the push could not reach her; empty while none is to be told."""

    __tablename__ = "push_runs"
    __table_args__ = (
        UniqueConstraint("brand_id", "push_id", "period"),
        belongs_to("pushes", "push_id"),
        Index("ix_push_runs_to_hand", "id", postgresql_where="handed_to IS NOT NULL"),
    )

    push_id: Mapped[int]
    period: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[RunState] = mapped_column(String(8), default=RunState.PLANNED)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    handed_to: Mapped[int | None]
    handed_count: Mapped[int | None]


class DeliveryState(StrEnum):
    PLANNED = "planned"
    CALLING = "calling"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


UNDONE = (DeliveryState.PLANNED, DeliveryState.CALLING)


class SkipReason(StrEnum):
    """Why nothing was sent to her: the first that applies, in this order."""

    NOT_FOLLOWING = "not_following"
    NO_CONSENT = "no_consent"
    UNDER_14 = "under_14"
    HOLDOUT = "holdout"
    MONTHLY_CAP = "monthly_cap"
    TOO_FEW = "too_few"  # WeChat takes no mass message to fewer than two people
    STOPPED = "stopped"


REASON_WORDS = {
    SkipReason.NOT_FOLLOWING: "没有关注",
    SkipReason.NO_CONSENT: "没有同意营销",
    SkipReason.UNDER_14: "未满 14 岁",
    SkipReason.HOLDOUT: "对照组",
    SkipReason.MONTHLY_CAP: "额度用完",
    SkipReason.TOO_FEW: "凑不够 2 人",
    SkipReason.STOPPED: "中途停止",
}


class Delivery(BrandRow):
    """One person of one run, and what became of it."""

    __tablename__ = "deliveries"
    __table_args__ = (
        belongs_to("push_runs", "run_id"),
        belongs_to("fans", "fan_id"),
        belongs_to("push_batches", "batch_id"),
        CheckConstraint("(state = 'skipped') = (reason IS NOT NULL)", name="skips_have_reasons"),
        Index(None, "brand_id", "run_id", "state"),
        Index(None, "brand_id", "fan_id"),
        Index(None, "brand_id", "batch_id"),
        Index(
            "ix_deliveries_unclaimed",
            "brand_id",
            "run_id",
            "fan_id",
            postgresql_where="state = 'planned' AND batch_id IS NULL",
        ),
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    fan_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[DeliveryState] = mapped_column(String(8), default=DeliveryState.PLANNED)
    reason: Mapped[SkipReason | None] = mapped_column(String(16))
    batch_id: Mapped[int | None]
    errcode: Mapped[int | None]


class PushBatch(NumberedBrandRow):
    """People sent in one mass call. The key is fixed before the call and never reused.

    `month` is the one its people were charged for. A batch is in doubt once WeChat may have
    acted on it without our knowing; `planned` means that it waits to be tried again.
    """

    __tablename__ = "push_batches"
    __table_args__ = (
        belongs_to("push_runs", "run_id"),
        UniqueConstraint("brand_id", "key"),
        UniqueConstraint("brand_id", "account_id", "message_id"),
        Index(
            "ix_push_batches_open",
            "brand_id",
            "run_id",
            postgresql_where="state IN ('calling', 'planned')",
        ),
    )

    run_id: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"))
    key: Mapped[str] = mapped_column(String(64))
    state: Mapped[DeliveryState] = mapped_column(String(8))
    first_try_at: Mapped[datetime]
    lease_until: Mapped[datetime]
    lease_token: Mapped[str] = mapped_column(String(32))
    month: Mapped[str] = mapped_column(String(7))
    is_in_doubt: Mapped[bool] = mapped_column(default=False)
    retry_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    message_id: Mapped[int | None]
    errcode: Mapped[int | None]
    receipt_at: Mapped[datetime | None]
    receipt_total: Mapped[int | None]
    receipt_filtered: Mapped[int | None]
    receipt_sent: Mapped[int | None]
    receipt_errors: Mapped[int | None]


class MassCount(BrandRow):
    """How many mass messages a fan was charged in a month; the fifth cannot be stored."""

    __tablename__ = "mass_counts"
    __table_args__ = (
        belongs_to("fans", "fan_id"),
        CheckConstraint(f"count BETWEEN 0 AND {MONTHLY_CAP}", name="cap"),
    )

    fan_id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    count: Mapped[int] = mapped_column(SmallInteger)
