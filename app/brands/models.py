"""A brand, and the WeChat accounts it speaks through."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, Identity, String, Text, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, QueryContext, mapped_column, object_session

from app.core.db import Model


class Brand(Model):
    """The tenant. `settings` holds what the brand chooses: join gifts, tier names."""

    __tablename__ = "brands"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    color: Mapped[str] = mapped_column(String(7), default="#0a7a4e")
    zone: Mapped[str] = mapped_column(String(32), default="Asia/Shanghai")
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    created_at: Mapped[datetime]

    @property
    def zoneinfo(self) -> ZoneInfo:
        """The zone in which this brand counts days and shows times."""
        return ZoneInfo(self.zone)


@event.listens_for(Brand, "load")
def _keep(brand: Brand, _context: QueryContext | None) -> None:
    """A session forgets a row as soon as nobody holds it, and every feature asks for its brand:
    that was a question of its own each time."""
    session = object_session(brand)
    if session is not None:
        session.info["brand"] = brand


class AccountKind(StrEnum):
    SERVICE = "service"
    MINIPROGRAM = "miniprogram"
    WECOM = "wecom"  # a corp: its callbacks, and its customers as fans of it


class CallbackMode(StrEnum):
    PLAIN = "plain"
    COMPAT = "compat"
    SAFE = "safe"


class WechatAccount(Model):
    """One appid of a brand. Secrets are sealed; `url_key` is the unguessable part of its URL."""

    __tablename__ = "wechat_accounts"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    brand_id: Mapped[int] = mapped_column(ForeignKey("brands.id"), index=True)
    kind: Mapped[AccountKind] = mapped_column(String(16))
    appid: Mapped[str] = mapped_column(String(32), unique=True)
    original_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    url_key: Mapped[str] = mapped_column(String(32), unique=True)
    mode: Mapped[CallbackMode] = mapped_column(String(8), default=CallbackMode.SAFE)
    secret_encrypted: Mapped[str] = mapped_column(Text)
    callback_token_encrypted: Mapped[str] = mapped_column(Text)
    aes_key_encrypted: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
