"""Calls that guides asked for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class CallState(StrEnum):
    CALLING = "calling"  # the bridge is being asked
    ASKED = "asked"  # it took the wish; the telephones ring
    REFUSED = "refused"
    UNKNOWN = "unknown"  # no answer came: shown, never asked again by itself


class MemberCall(NumberedBrandRow):
    """A guide had the store's telephone and a member's joined. The key is committed before the
    bridge is asked, so that a tap that comes twice rings once. No number is kept."""

    __tablename__ = "member_calls"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("stores", "store_id"),
        belongs_to("staff", "by_id"),
        UniqueConstraint("brand_id", "key"),
        Index(None, "brand_id", "member_id", "at"),
        Index(None, "brand_id", "by_id", "at"),
        Index("ix_member_calls_calling", "at", postgresql_where="state = 'calling'"),
    )

    member_id: Mapped[int]
    store_id: Mapped[int]
    by_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    state: Mapped[CallState] = mapped_column(String(8), default=CallState.CALLING)
    at: Mapped[datetime]
