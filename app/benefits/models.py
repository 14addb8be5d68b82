"""Who stands at a till, what was promised to her there, and where tills without a network
promised the same thing twice."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class Way(StrEnum):
    CODE = "code"
    PHONE = "phone"


class Presence(NumberedBrandRow):
    """She stands at a till, shown by her code or told by her phone. `minute` is her code's: one
    code opens one presence, so that a picture of it opens none."""

    __tablename__ = "presences"
    __table_args__ = (
        UniqueConstraint("brand_id", "token"),
        UniqueConstraint("brand_id", "member_id", "minute"),
        CheckConstraint("(way = 'code') = (minute IS NOT NULL)", name="minute"),
        belongs_to("members", "member_id"),
        belongs_to("stores", "store_id"),
        Index(None, "opened_at"),
    )

    token: Mapped[str] = mapped_column(String(32))
    member_id: Mapped[int]
    store_id: Mapped[int]
    way: Mapped[Way] = mapped_column(String(8))
    minute: Mapped[int | None]
    opened_by: Mapped[str] = mapped_column(String(48))
    opened_at: Mapped[datetime]


class CheckoutState(StrEnum):
    RESERVED = "reserved"
    SETTLED = "settled"
    VOIDED = "voided"


class Checkout(NumberedBrandRow):
    """A basket whose price was promised: its coupons and points are held until it is paid, given
    up, or its time is over. `key` is the till's own; `quote` is the promise, line by line. What a
    guide used on her phone (`is_by_hand`) waits for the sale that the till tells by itself."""

    __tablename__ = "checkouts"
    __table_args__ = (
        UniqueConstraint("brand_id", "store_id", "key"),
        Index(None, "brand_id", "order_id"),
        Index(
            "uq_checkouts_brand_id_order_id",
            "brand_id",
            "order_id",
            unique=True,
            postgresql_where="NOT is_by_hand",
        ),
        Index(
            "ix_checkouts_open_by_hand",
            "brand_id",
            "store_id",
            "ended_at",
            postgresql_where="is_by_hand AND order_id IS NULL AND state = 'settled'",
        ),
        CheckConstraint("order_id IS NULL OR state = 'settled'", name="settled"),
        CheckConstraint("(code_minute IS NULL) = (code_at IS NULL)", name="code"),
        Index(
            "ix_checkouts_code",
            "brand_id",
            "member_id",
            "code_minute",
            postgresql_where="code_minute IS NOT NULL",
        ),
        belongs_to("members", "member_id"),
        belongs_to("stores", "store_id"),
        belongs_to("staff", "staff_id"),
        belongs_to("orders", "order_id"),
        Index(None, "brand_id", "member_id", "reserved_at"),
    )

    store_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    member_id: Mapped[int | None]  # none: an offline sale whose code named nobody
    staff_id: Mapped[int | None]
    opened_by: Mapped[str] = mapped_column(String(48))
    is_offline: Mapped[bool] = mapped_column(default=False)
    is_by_hand: Mapped[bool] = mapped_column(default=False)
    code_minute: Mapped[int | None]  # of the code that named her to a till without a network
    code_at: Mapped[datetime | None]  # when that till scanned it
    receipt_no: Mapped[str | None] = mapped_column(String(32))  # as the guide typed it
    state: Mapped[CheckoutState] = mapped_column(String(8))
    digest: Mapped[str] = mapped_column(String(64))
    quote: Mapped[dict[str, Any]] = mapped_column(JSONB)
    payable_fen: Mapped[int]
    points: Mapped[int] = mapped_column(default=0)
    reserved_at: Mapped[datetime]
    until: Mapped[datetime]
    order_id: Mapped[int | None]
    ended_at: Mapped[datetime | None]


class ConflictKind(StrEnum):
    COUPON = "coupon"  # one coupon used at two tills
    CODE = "code"  # one member code shown at two tills
    REFUSED = "refused"  # given at the till, though it was not hers to use then


class TillConflict(NumberedBrandRow):
    """What a till without a network gave that was not there any more. Of two uses the earlier at
    the till stands; the other is written here with what it cost, until somebody has seen it."""

    __tablename__ = "till_conflicts"
    __table_args__ = (
        UniqueConstraint("brand_id", "kind", "lost_key"),
        CheckConstraint("lost_fen >= 0", name="lost"),
        belongs_to("coupons", "coupon_id"),
        belongs_to("members", "member_id"),
        belongs_to("stores", "lost_store_id"),
        belongs_to("stores", "won_store_id"),
        belongs_to("staff", "seen_by"),
        Index(None, "brand_id", "found_at"),
    )

    kind: Mapped[ConflictKind] = mapped_column(String(8))
    coupon_id: Mapped[int | None]
    member_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(32))
    lost_key: Mapped[str] = mapped_column(String(96))
    lost_store_id: Mapped[int]
    lost_at: Mapped[datetime]
    lost_fen: Mapped[int]
    won_store_id: Mapped[int | None]
    won_at: Mapped[datetime | None]
    found_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[int | None]
