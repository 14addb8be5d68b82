"""Members of the brand, fans of its accounts, and their mini-program sessions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedBrandRow, belongs_to


class Member(NumberedBrandRow):
    """A person the brand knows by phone. Phone and name are sealed; the index finds them."""

    __tablename__ = "members"
    __table_args__ = (
        UniqueConstraint("brand_id", "number"),
        UniqueConstraint("brand_id", "phone_index"),
        belongs_to("stores", "main_store_id"),
        belongs_to("staff", "guide_id"),
        belongs_to("members", "merged_into_id"),
        Index(None, "brand_id", "main_store_id"),
        Index(
            "ix_members_merged",
            "brand_id",
            "merged_into_id",
            postgresql_where="merged_into_id IS NOT NULL",
        ),
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
    born_on: Mapped[date | None]
    merged_into_id: Mapped[int | None]  # who she turned out to be; always one who stands herself
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]  # from here on a skeleton that says nobody's name


class Fan(NumberedBrandRow):
    """A person in one account: a follower, or a visitor of the mini-program.

    WeChat's names for her are sealed; their keyed hashes find her (`app/wechat/openids.py`).
    """

    __tablename__ = "fans"
    __table_args__ = (
        UniqueConstraint("brand_id", "account_id", "openid_index"),
        belongs_to("members", "member_id"),
        belongs_to("qr_codes", "guide_code_id"),
        Index(None, "brand_id", "member_id"),
        Index(None, "brand_id", "unionid_index"),
        Index(
            "ix_fans_guide_code",
            "brand_id",
            "guide_code_id",
            postgresql_where="guide_code_id IS NOT NULL",
        ),
        Index(
            "ix_fans_unionid_due",
            "unionid_due_at",
            postgresql_where="unionid_due_at IS NOT NULL",
        ),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"))
    openid_encrypted: Mapped[str] = mapped_column(Text)
    openid_index: Mapped[str] = mapped_column(String(64))
    unionid_encrypted: Mapped[str | None] = mapped_column(Text)
    unionid_index: Mapped[str | None] = mapped_column(String(64))
    unionid_due_at: Mapped[datetime | None]
    member_id: Mapped[int | None]
    is_following: Mapped[bool] = mapped_column(default=False)
    follow_changed_at: Mapped[datetime | None]
    follow_order: Mapped[int] = mapped_column(default=0)  # of arrival, within WeChat's one second
    first_followed_at: Mapped[datetime | None]
    guide_code_id: Mapped[int | None]  # the first code of a guide's own that she ever scanned
    guide_code_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class FanSession(Model):
    """A mini-program session. Only the token's hash is stored; read before the brand is known."""

    __tablename__ = "fan_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    brand_id: Mapped[int] = mapped_column(ForeignKey("brands.id"))
    fan_id: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
