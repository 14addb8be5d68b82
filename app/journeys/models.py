"""Welcomes that are due, and the daily reconciliation of followers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class WelcomeState(StrEnum):
    DUE = "due"
    CALLING = "calling"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    LATE = "late"  # WeChat's minute was over before it could be sent


class Welcome(NumberedBrandRow):
    """One answer to one follow or scan: the unique key is why it goes out once."""

    __tablename__ = "welcomes"
    __table_args__ = (
        belongs_to("fans", "fan_id"),
        belongs_to("stores", "store_id"),
        belongs_to("qr_codes", "code_id"),
        Index(None, "brand_id", "fan_id", "followed_at", unique=True),
        Index("ix_welcomes_due", "followed_at", postgresql_where="state = 'due'"),
    )

    fan_id: Mapped[int]
    store_id: Mapped[int]
    code_id: Mapped[int | None]
    followed_at: Mapped[datetime]
    state: Mapped[WelcomeState] = mapped_column(String(8), default=WelcomeState.DUE)
    sent_at: Mapped[datetime | None]
    errcode: Mapped[int | None]


class CheckState(StrEnum):
    LISTING = "listing"  # WeChat's pages are being read
    COMPARING = "comparing"  # who differs is being asked about
    DONE = "done"
    GIVEN_UP = "given_up"  # the next day's began before it was done


class FollowerCheck(NumberedBrandRow):
    """A day's reconciliation of an account's followers with WeChat's own list."""

    __tablename__ = "follower_checks"
    __table_args__ = (
        UniqueConstraint("brand_id", "account_id", "on"),
        Index("ix_follower_checks_open", "due_at", postgresql_where="finished_at IS NULL"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"))
    on: Mapped[date]
    state: Mapped[CheckState] = mapped_column(String(16), default=CheckState.LISTING)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    after_encrypted: Mapped[str] = mapped_column(Text, default="")  # the last openid read
    listed: Mapped[int] = mapped_column(default=0)
    healed_follows: Mapped[int] = mapped_column(default=0)
    healed_leaves: Mapped[int] = mapped_column(default=0)


class ListedFollower(BrandRow):
    """An openid that a check has met, kept until the check is done."""

    __tablename__ = "listed_followers"
    __table_args__ = (belongs_to("follower_checks", "check_id"),)

    check_id: Mapped[int] = mapped_column(primary_key=True)
    openid_index: Mapped[str] = mapped_column(String(64), primary_key=True)
    openid_encrypted: Mapped[str] = mapped_column(Text)
    is_asked: Mapped[bool] = mapped_column(default=False)


class TagLink(BrandRow):
    """Our tag as WeChat keeps it for one account, and how the two differed when last compared."""

    __tablename__ = "tag_links"
    __table_args__ = (belongs_to("tags", "tag_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(primary_key=True)
    wechat_tag_id: Mapped[int]
    compared_at: Mapped[datetime | None]
    here: Mapped[int] = mapped_column(default=0)
    there: Mapped[int] = mapped_column(default=0)
    only_here: Mapped[int] = mapped_column(default=0)
    only_there: Mapped[int] = mapped_column(default=0)
