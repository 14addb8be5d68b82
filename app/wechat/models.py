"""Access tokens of the accounts, kept in SQL under a lease so that one process refreshes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class AccessToken(Model):
    """The account's present token, sealed, and who may fetch the next one."""

    __tablename__ = "access_tokens"

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"), primary_key=True)
    token_encrypted: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    refresh_after: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(32))
