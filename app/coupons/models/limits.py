"""What keeps claims within their limits: counters that cannot pass their cap, codes used once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, belongs_to

EVERYBODY = "-"  # whom a limit on the whole batch counts
ALWAYS = "-"  # the period of a limit that does not end


class CountScope(StrEnum):
    """Whom a counter counts: a member, a phone by its keyed hash, all together, or a guide."""

    PERSON = "person"
    PHONE = "phone"
    PERSON_DAY = "person_day"
    DAY = "day"
    GUIDE_MONTH = "guide_month"


class CouponCount(BrandRow):
    """How many of a batch went to one of `who_index` in a period. `n` cannot pass the `cap` that
    held when the last one was counted; changed only by who holds the batch's row."""

    __tablename__ = "coupon_counts"
    __table_args__ = (
        belongs_to("coupon_batches", "batch_id"),
        CheckConstraint("n BETWEEN 0 AND cap", name="within_cap"),
        Index(None, "brand_id", "who_index"),
    )

    batch_id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[CountScope] = mapped_column(String(12), primary_key=True)
    who_index: Mapped[str] = mapped_column(String(64), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    n: Mapped[int]
    cap: Mapped[int]


class CouponCode(BrandRow):
    """A code of 80 bits by its hash alone: one printed for whoever comes first, with which a coupon
    can be had once, or the one that a coupon is shown by."""

    __tablename__ = "coupon_codes"
    __table_args__ = (
        belongs_to("coupon_batches", "batch_id"),
        belongs_to("coupons", "coupon_id"),
        Index(None, "brand_id", "batch_id"),
        Index(None, "brand_id", "coupon_id"),
    )

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    batch_id: Mapped[int]
    coupon_id: Mapped[int | None]
    made_at: Mapped[datetime]
