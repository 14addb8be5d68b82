"""Fans of the accounts, members of the brand, their tags and consents."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, Model, NumberedBrandRow, belongs_to


class Member(NumberedBrandRow):
    """A person the brand knows by phone. Phone and name are sealed; the index finds them."""

    __tablename__ = "members"
    __table_args__ = (
        UniqueConstraint("brand_id", "number"),
        UniqueConstraint("brand_id", "phone_index"),
        belongs_to("stores", "main_store_id"),
        belongs_to("staff", "guide_id"),
        Index(None, "brand_id", "main_store_id"),
    )

    number: Mapped[str] = mapped_column(String(24))
    phone_encrypted: Mapped[str | None] = mapped_column(Text)
    phone_index: Mapped[str | None] = mapped_column(String(64))
    phone_tail: Mapped[str | None] = mapped_column(String(4))
    name_encrypted: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(String(16))
    joined_on: Mapped[date]
    card_opened_at: Mapped[datetime | None]
    main_store_id: Mapped[int | None]
    guide_id: Mapped[int | None]
    created_at: Mapped[datetime]


class Fan(NumberedBrandRow):
    """An openid of one account: a follower, or a visitor of the mini-program."""

    __tablename__ = "fans"
    __table_args__ = (
        UniqueConstraint("brand_id", "account_id", "openid"),
        belongs_to("members", "member_id"),
        Index(None, "brand_id", "member_id"),
        Index(None, "brand_id", "unionid"),
        Index(
            "ix_fans_unionid_due",
            "unionid_due_at",
            postgresql_where="unionid_due_at IS NOT NULL",
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"))
    openid: Mapped[str] = mapped_column(String(64))
    unionid: Mapped[str | None] = mapped_column(String(64))
    unionid_due_at: Mapped[datetime | None]
    member_id: Mapped[int | None]
    is_following: Mapped[bool] = mapped_column(default=False)
    follow_changed_at: Mapped[datetime | None]
    follow_order: Mapped[int] = mapped_column(default=0)  # of arrival, within WeChat's one second
    first_followed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Tag(NumberedBrandRow):
    """A word about people, in a group: 来源, 门店, 购买, 资料."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("brand_id", "group", "name"),)

    group: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(32))


class FanTag(BrandRow):
    """A tag on a fan, with where it came from."""

    __tablename__ = "fan_tags"
    __table_args__ = (
        belongs_to("fans", "fan_id"),
        belongs_to("tags", "tag_id"),
        Index(None, "brand_id", "tag_id"),
    )

    fan_id: Mapped[int] = mapped_column(primary_key=True)
    tag_id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(16))
    tagged_at: Mapped[datetime]


class MemberTag(BrandRow):
    """A tag on a member, with where it came from."""

    __tablename__ = "member_tags"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("tags", "tag_id"),
        Index(None, "brand_id", "tag_id"),
    )

    member_id: Mapped[int] = mapped_column(primary_key=True)
    tag_id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(16))
    tagged_at: Mapped[datetime]


class Purpose(StrEnum):
    MEMBERSHIP = "membership"
    MARKETING = "marketing"
    PHONE = "phone"


class Consent(NumberedBrandRow):
    """What a person agreed to or withdrew, when, where and under which text. Never edited."""

    __tablename__ = "consents"
    __table_args__ = (
        belongs_to("members", "member_id"),
        Index(None, "brand_id", "member_id", "purpose", "at"),
    )

    member_id: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(String(16))
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


class FanSession(Model):
    """A mini-program session. Only the token's hash is stored; read before the brand is known."""

    __tablename__ = "fan_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    brand_id: Mapped[int] = mapped_column(ForeignKey("brands.id"))
    fan_id: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
