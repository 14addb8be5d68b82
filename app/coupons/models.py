"""Coupon batches, the coupons issued from them, their use; samples are a kind of coupon."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class CouponKind(StrEnum):
    AMOUNT = "amount"
    SAMPLE = "sample"
    ITEM = "item"  # a manufacturer's coupon on certain products, as imported


class CouponCampaign(NumberedBrandRow):
    """A period in which certain members were given certain coupons."""

    __tablename__ = "coupon_campaigns"
    __table_args__ = (UniqueConstraint("brand_id", "code"),)

    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    is_randomised: Mapped[bool] = mapped_column(default=False)


class CouponTarget(BrandRow):
    """That a member was chosen for a campaign."""

    __tablename__ = "coupon_targets"
    __table_args__ = (
        belongs_to("coupon_campaigns", "campaign_id"),
        belongs_to("members", "member_id"),
    )

    campaign_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(primary_key=True)


class CouponBatch(NumberedBrandRow):
    """Coupons of one make. `issued` can never pass `stock`: the database refuses.

    `rule` is what they give and ask (`coupons.rule`); an imported batch has none.
    """

    __tablename__ = "coupon_batches"
    __table_args__ = (
        UniqueConstraint("brand_id", "code"),
        CheckConstraint("issued BETWEEN 0 AND stock", name="within_stock"),
        belongs_to("coupon_campaigns", "campaign_id"),
    )

    code: Mapped[str] = mapped_column(String(48))
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[CouponKind] = mapped_column(String(8))
    campaign_id: Mapped[int | None]
    value_fen: Mapped[int] = mapped_column(default=0)
    min_spend_fen: Mapped[int] = mapped_column(default=0)
    valid_days: Mapped[int] = mapped_column(default=30)
    stock: Mapped[int]
    issued: Mapped[int] = mapped_column(default=0)
    rule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class BatchProduct(BrandRow):
    """A product that a batch's coupons work on; none listed means all."""

    __tablename__ = "coupon_batch_products"
    __table_args__ = (
        belongs_to("coupon_batches", "batch_id"),
        belongs_to("products", "product_id"),
    )

    batch_id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(primary_key=True)


class StoreSample(BrandRow):
    """How many samples of a batch a store has on its shelf."""

    __tablename__ = "store_samples"
    __table_args__ = (
        CheckConstraint("left_count >= 0", name="not_negative"),
        belongs_to("coupon_batches", "batch_id"),
        belongs_to("stores", "store_id"),
    )

    batch_id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(primary_key=True)
    left_count: Mapped[int]


class Coupon(NumberedBrandRow):
    """A member's coupon. Whether it works is read from its dates and uses, never from a job.

    `rule` is her batch's on the day of issue; later batches' rules do not reach it.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        UniqueConstraint("brand_id", "member_id", "batch_id", "reason"),
        CheckConstraint("used BETWEEN 0 AND uses", name="within_uses"),
        CheckConstraint("valid_until > valid_from", name="dates"),
        belongs_to("coupon_batches", "batch_id"),
        belongs_to("members", "member_id"),
        Index(None, "brand_id", "batch_id"),
    )

    batch_id: Mapped[int]
    member_id: Mapped[int]
    reason: Mapped[str] = mapped_column(String(48))
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    uses: Mapped[int] = mapped_column(default=1)
    used: Mapped[int] = mapped_column(default=0)
    issued_at: Mapped[datetime]
    is_synthetic: Mapped[bool] = mapped_column(default=False)
    rule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    def is_usable(self, at: datetime) -> bool:
        """Whether it can be used at this moment."""
        return self.used < self.uses and self.valid_from <= at < self.valid_until


class Redemption(NumberedBrandRow):
    """One use of a coupon; `key` is the caller's, so that a second tap finds the first."""

    __tablename__ = "redemptions"
    __table_args__ = (
        UniqueConstraint("brand_id", "key"),
        belongs_to("coupons", "coupon_id"),
        belongs_to("orders", "order_id"),
        belongs_to("stores", "store_id"),
        belongs_to("staff", "staff_id"),
        Index(None, "brand_id", "coupon_id"),
    )

    coupon_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    order_id: Mapped[int | None]
    store_id: Mapped[int | None]
    staff_id: Mapped[int | None]
    redeemed_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
