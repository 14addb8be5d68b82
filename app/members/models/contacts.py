"""Calls, text messages and mails that other systems had with a member."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class Channel(StrEnum):
    CALL = "call"
    SMS = "sms"
    MAIL = "mail"
    CHAT = "chat"


class Direction(StrEnum):
    """Seen from the brand."""

    IN = "in"
    OUT = "out"


class Contact(NumberedBrandRow):
    """One contact as a call centre, a mail or an SMS system tells it. What was said is sealed."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("brand_id", "source", "key"),
        CheckConstraint("duration_seconds >= 0", name="duration"),
        belongs_to("members", "member_id"),
        Index(None, "brand_id", "member_id", "at", "id"),
    )

    source: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(96))
    member_id: Mapped[int]
    channel: Mapped[Channel] = mapped_column(String(8))
    direction: Mapped[Direction] = mapped_column(String(8))
    agent: Mapped[str | None] = mapped_column(String(32))
    duration_seconds: Mapped[int | None]
    recording_url: Mapped[str | None] = mapped_column(Text)
    text_encrypted: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
