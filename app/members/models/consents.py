"""What a person agreed to, and what she took back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class Purpose(StrEnum):
    MEMBERSHIP = "membership"
    MARKETING = "marketing"
    PHONE = "phone"
    PROFILING = "profiling"


class ConsentChannel(StrEnum):
    """By what way she may be reached for a purpose; `ALL` speaks for every one."""

    ALL = "all"
    WECHAT = "wechat"
    SUBSCRIBE = "subscribe"
    SMS = "sms"
    MAIL = "mail"
    CALL = "call"


class ConsentText(NumberedBrandRow):
    """What people are asked to agree to, as it stood from `valid_from` on. Never edited."""

    __tablename__ = "consent_texts"
    __table_args__ = (UniqueConstraint("brand_id", "purpose", "version"),)

    purpose: Mapped[Purpose] = mapped_column(String(16))
    version: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime]


class Consent(NumberedBrandRow):
    """What a person agreed to or withdrew, when, at which door and under which text. Never
    edited; the newest row that speaks for a purpose and channel holds.

    A member's row names the member. A fan who is no member can only refuse: following is how
    she agreed.
    """

    __tablename__ = "consents"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("fans", "fan_id"),
        CheckConstraint("(member_id IS NULL) <> (fan_id IS NULL)", name="one_person"),
        Index(None, "brand_id", "member_id", "purpose", "at"),
        Index(
            "ix_consents_fan",
            "brand_id",
            "fan_id",
            "purpose",
            "at",
            postgresql_where="fan_id IS NOT NULL",
        ),
    )

    member_id: Mapped[int | None]
    fan_id: Mapped[int | None]
    purpose: Mapped[Purpose] = mapped_column(String(16))
    channel: Mapped[ConsentChannel] = mapped_column(String(16), default=ConsentChannel.ALL)
    is_given: Mapped[bool]
    text_version: Mapped[str] = mapped_column(String(16))
    door: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]


class SubscriptionStep(StrEnum):
    """What happened to her consents to one template of subscription messages."""

    ACCEPTED = "accepted"  # one more message may be sent
    REFUSED = "refused"  # she said no this time; what she gave before stands
    USED = "used"
    GONE = "gone"  # WeChat said that none is left (43101)
    SWITCHED_OFF = "switched_off"  # in WeChat's settings: none is left


class SubscriptionEntry(NumberedBrandRow):
    """A line of the ledger of subscription messages: WeChat tells no balance, so we keep one."""

    __tablename__ = "subscription_entries"
    __table_args__ = (
        belongs_to("fans", "fan_id"),
        belongs_to("events", "event_id"),
        UniqueConstraint("brand_id", "event_id", "position"),
        Index(None, "brand_id", "fan_id", "template_id"),
    )

    fan_id: Mapped[int]
    template_id: Mapped[str] = mapped_column(String(64))
    step: Mapped[SubscriptionStep] = mapped_column(String(16))
    at: Mapped[datetime]
    event_id: Mapped[int]
    position: Mapped[int]


class WithdrawalState(StrEnum):
    DONE = "done"
    ERASURE_DUE = "erasure_due"
    FOR_A_PERSON = "for_a_person"


class Withdrawal(NumberedBrandRow):
    """What a person took back in WeChat's settings, and what became of it here."""

    __tablename__ = "withdrawals"
    __table_args__ = (
        belongs_to("fans", "fan_id"),
        belongs_to("events", "event_id"),
        UniqueConstraint("brand_id", "event_id"),
        Index("ix_withdrawals_open", "brand_id", postgresql_where="state <> 'done'"),
    )

    fan_id: Mapped[int | None]  # nobody we know: nothing of hers is here
    event_id: Mapped[int]
    what: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(String(16))
    asked_at: Mapped[datetime]
    state: Mapped[WithdrawalState] = mapped_column(String(16))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(String(200))
