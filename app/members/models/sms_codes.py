"""Codes sent by SMS: the last one of each phone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow

MOST_TRIES = 5


class SmsCode(BrandRow):
    """The code that a phone was sent last, as a keyed hash; a used one is gone."""

    __tablename__ = "sms_codes"
    __table_args__ = (
        CheckConstraint(f"tries <= {MOST_TRIES}", name="tries"),
        Index(None, "expires_at"),
    )

    phone_index: Mapped[str] = mapped_column(String(64), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
