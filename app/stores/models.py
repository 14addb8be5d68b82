"""The store tree (brand > region > store) and the QR codes that stand in it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class Region(NumberedBrandRow):
    """A group of stores."""

    __tablename__ = "regions"
    __table_args__ = (UniqueConstraint("brand_id", "name"),)

    name: Mapped[str] = mapped_column(String(64))


class Store(NumberedBrandRow):
    """A shop. `code` is the number the till knows it by."""

    __tablename__ = "stores"
    __table_args__ = (UniqueConstraint("brand_id", "code"), belongs_to("regions", "region_id"))

    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    region_id: Mapped[int | None]
    board_seq: Mapped[int] = mapped_column(default=0)


class CodeKind(StrEnum):
    STORE = "store"
    GUIDE = "guide"
    POSTER = "poster"  # of a campaign: temporary, WeChat forgets it after 30 days


class QrCode(NumberedBrandRow):
    """A scene of a WeChat account: which store, which place in it, which guide."""

    __tablename__ = "qr_codes"
    __table_args__ = (
        UniqueConstraint("brand_id", "account_id", "scene"),
        belongs_to("stores", "store_id"),
        Index(None, "brand_id", "store_id"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"))
    store_id: Mapped[int]
    staff_id: Mapped[int | None]
    kind: Mapped[CodeKind] = mapped_column(String(8))
    place: Mapped[str] = mapped_column(String(32))
    scene: Mapped[str] = mapped_column(String(64))
    ticket: Mapped[str | None] = mapped_column(String(256))
    url: Mapped[str | None] = mapped_column(String(256))
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]

    @property
    def is_permanent(self) -> bool:
        """Whether it counts against the account's 100,000."""
        return self.kind != CodeKind.POSTER

    def is_printable(self, at: datetime) -> bool:
        """Whether WeChat has made it and still knows it."""
        return self.url is not None and (self.expires_at is None or self.expires_at > at)
