"""Welcome messages that are due to people who have just scanned."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class WelcomeState(StrEnum):
    DUE = "due"
    CALLING = "calling"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    LATE = "late"  # WeChat's minute was over before it could be sent


class Welcome(NumberedBrandRow):
    """One welcome to one follow: the unique key is why it goes out once."""

    __tablename__ = "welcomes"
    __table_args__ = (
        belongs_to("fans", "fan_id"),
        belongs_to("stores", "store_id"),
        Index(None, "brand_id", "fan_id", "followed_at", unique=True),
        Index("ix_welcomes_due", "followed_at", postgresql_where="state = 'due'"),
    )

    fan_id: Mapped[int]
    store_id: Mapped[int]
    followed_at: Mapped[datetime]
    state: Mapped[WelcomeState] = mapped_column(String(8), default=WelcomeState.DUE)
    sent_at: Mapped[datetime | None]
    errcode: Mapped[int | None]
