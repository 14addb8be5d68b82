"""The store tree (brand > region > store) and the QR codes that stand in it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class Region(NumberedBrandRow):
    """A group of stores."""

    __tablename__ = "regions"
    __table_args__ = (UniqueConstraint("brand_id", "name"),)

    name: Mapped[str] = mapped_column(String(64))


class Store(NumberedBrandRow):
    """A shop. `code` is the number the till knows it by; `line` is its own telephone, which rings
    first when a guide calls a member."""

    __tablename__ = "stores"
    __table_args__ = (UniqueConstraint("brand_id", "code"), belongs_to("regions", "region_id"))

    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    region_id: Mapped[int | None]
    line: Mapped[str | None] = mapped_column(String(20))
    board_seq: Mapped[int] = mapped_column(default=0)


class CodeKind(StrEnum):
    STORE = "store"
    GUIDE = "guide"
    POSTER = "poster"  # of a campaign: temporary, WeChat forgets it after 30 days


class CodePurpose(StrEnum):
    """What a guide's code asks of whoever scans it, and what the answer offers."""

    FOLLOW = "follow"
    JOIN = "join"  # the way into the card
    COUPON = "coupon"  # the coupon of `claim_code`
    FRIEND = "friend"  # to add her at WeCom: a 联系我, whose State is the scene


class QrCode(NumberedBrandRow):
    """A scene of a WeChat account: which store, which place in it, which guide."""

    __tablename__ = "qr_codes"
    __table_args__ = (
        UniqueConstraint("brand_id", "account_id", "scene"),
        belongs_to("stores", "store_id"),
        CheckConstraint("(purpose = 'coupon') = (claim_code IS NOT NULL)", name="coupon"),
        CheckConstraint("kind <> 'guide' OR staff_id IS NOT NULL", name="whose"),
        Index(None, "brand_id", "store_id"),
        Index(
            "ix_qr_codes_staff",
            "brand_id",
            "staff_id",
            postgresql_where="staff_id IS NOT NULL",
        ),
        Index(
            "uq_qr_codes_friend",
            "brand_id",
            "staff_id",
            "store_id",
            unique=True,
            postgresql_where="purpose = 'friend' AND retired_at IS NULL",
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"))
    store_id: Mapped[int]
    staff_id: Mapped[int | None]
    kind: Mapped[CodeKind] = mapped_column(String(8))
    purpose: Mapped[CodePurpose] = mapped_column(
        String(8), default=CodePurpose.FOLLOW, server_default=CodePurpose.FOLLOW
    )
    claim_code: Mapped[str | None] = mapped_column(String(16))
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

    def is_guides_at(self, at: datetime) -> bool:
        """Whether a guide stands behind it: once retired, a scan of it is the store's alone."""
        return self.staff_id is not None and (self.retired_at is None or at < self.retired_at)

    def is_printable(self, at: datetime) -> bool:
        """Whether WeChat has made it and still knows it."""
        return self.url is not None and (self.expires_at is None or self.expires_at > at)


class ContactWay(BrandRow):
    """What a 联系我 has beside its code, whose ticket is WeCom's id and whose scene its State:
    when a try began whose end nobody saw yet, and the picture, since WeCom tells no address that
    could be drawn."""

    __tablename__ = "contact_ways"
    __table_args__ = (belongs_to("qr_codes", "code_id"),)

    code_id: Mapped[int] = mapped_column(primary_key=True)
    tried_at: Mapped[datetime | None]
    picture: Mapped[bytes | None] = mapped_column(LargeBinary)
