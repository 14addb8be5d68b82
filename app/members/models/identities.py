"""By which names a member is known, who may be the same person, and who was made one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class IdentityKind(StrEnum):
    """A name of hers. The first two are a fan's; the others stand here, sealed."""

    OPENID = "openid"
    UNIONID = "unionid"
    PHONE = "phone"
    ERP = "erp"
    TAOBAO = "taobao"
    JD = "jd"
    WECOM = "wecom"


class MemberIdentity(NumberedBrandRow):
    """One name of one member, from which door it came and how long it held.

    `account` is the shop or company within which an outside id means something. While `until`
    is empty a name leads to one member: the database keeps that.
    """

    __tablename__ = "member_identities"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("fans", "fan_id"),
        CheckConstraint("(fan_id IS NULL) <> (value_index IS NULL)", name="one_name"),
        Index(None, "brand_id", "member_id"),
        Index(
            "uq_member_identities_value", "brand_id", "kind", "account", "value_index",
            unique=True, postgresql_where="until IS NULL AND value_index IS NOT NULL",
        ),
        Index(
            "uq_member_identities_fan", "brand_id", "fan_id", "kind",
            unique=True, postgresql_where="until IS NULL AND fan_id IS NOT NULL",
        ),
    )  # fmt: skip

    member_id: Mapped[int]
    kind: Mapped[IdentityKind] = mapped_column(String(8))
    account: Mapped[str] = mapped_column(String(64), default="")
    fan_id: Mapped[int | None]
    value_encrypted: Mapped[str | None] = mapped_column(Text)
    value_index: Mapped[str | None] = mapped_column(String(64))
    value_tail: Mapped[str | None] = mapped_column(String(4))
    source: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(String(16))


class TwinReason(StrEnum):
    """Why two members may be one person."""

    UNIONID = "unionid"
    PHONE = "phone"
    OUTSIDE_ID = "outside_id"
    ORDER = "order"
    STAFF = "staff"


class TwinState(StrEnum):
    OPEN = "open"
    MERGED = "merged"
    DIFFERENT = "different"


class MemberTwin(NumberedBrandRow):
    """Two members who may be one person; a person decides, and is asked once."""

    __tablename__ = "member_twins"
    __table_args__ = (
        belongs_to("members", "low_id"),
        belongs_to("members", "high_id"),
        UniqueConstraint("brand_id", "low_id", "high_id"),
        CheckConstraint("low_id < high_id", name="in_order"),
        Index("ix_member_twins_open", "brand_id", "id", postgresql_where="state = 'open'"),
        Index(None, "brand_id", "high_id"),
    )

    low_id: Mapped[int]
    high_id: Mapped[int]
    reason: Mapped[TwinReason] = mapped_column(String(16))
    state: Mapped[TwinState] = mapped_column(String(16), default=TwinState.OPEN)
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(64))


class MemberMerge(NumberedBrandRow):
    """That two members were made one: what changed hands, so that it can be taken back.

    `record` holds ids and what stood there before, by table; no phone, no name. `kept` says what
    an undoing could not give back.
    """

    __tablename__ = "member_merges"
    __table_args__ = (
        belongs_to("members", "survivor_id"),
        belongs_to("members", "merged_id"),
        CheckConstraint("survivor_id <> merged_id", name="two_people"),
        Index(None, "brand_id", "survivor_id"),
        Index(
            "uq_member_merges_standing", "brand_id", "merged_id",
            unique=True, postgresql_where="undone_at IS NULL",
        ),
    )  # fmt: skip

    survivor_id: Mapped[int]
    merged_id: Mapped[int]
    merged_at: Mapped[datetime]
    merged_by: Mapped[str] = mapped_column(String(64))
    record: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(64))
    kept: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
