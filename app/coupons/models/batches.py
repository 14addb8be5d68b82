"""Campaigns with their budgets, coupon batches with their stock; samples are a kind of coupon."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class CouponKind(StrEnum):
    """What a batch's coupons are; `item` is a manufacturer's, as imported."""

    AMOUNT = "amount"
    PERCENT = "percent"
    FREE = "free"
    EXCHANGE = "exchange"
    GIFT = "gift"
    SAMPLE = "sample"
    SHIPPING = "shipping"
    PACK = "pack"
    ITEM = "item"


class CouponCampaign(NumberedBrandRow):
    """A period in which certain members are given certain coupons, and what it may cost.

    What is taken can never pass the budget: the database refuses. No budget is no limit.
    """

    __tablename__ = "coupon_campaigns"
    __table_args__ = (
        UniqueConstraint("brand_id", "code"),
        CheckConstraint(
            "taken_fen >= 0 AND (budget_fen IS NULL OR taken_fen <= budget_fen)",
            name="within_money",
        ),
        CheckConstraint(
            "taken_count >= 0 AND (budget_count IS NULL OR taken_count <= budget_count)",
            name="within_count",
        ),
    )

    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    is_randomised: Mapped[bool] = mapped_column(default=False)
    budget_fen: Mapped[int | None]
    taken_fen: Mapped[int] = mapped_column(default=0)
    budget_count: Mapped[int | None]
    taken_count: Mapped[int] = mapped_column(default=0)


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

    `rule` is what they give and ask (`coupons.rule`); an imported batch has none. `per_…` are
    the limits on claims, None is no limit; guides give only where they have an allowance.
    Stopped, it issues no more; revoked, its coupons do not work any more either.
    """

    __tablename__ = "coupon_batches"
    __table_args__ = (
        UniqueConstraint("brand_id", "code"),
        UniqueConstraint("brand_id", "claim_code"),
        CheckConstraint("issued BETWEEN 0 AND stock", name="within_stock"),
        CheckConstraint(
            "LEAST(per_person, per_phone, per_person_day, per_day, per_guide_month) >= 1",
            name="limits",
        ),
        CheckConstraint("claim_until > claim_from", name="claim_dates"),
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
    claim_code: Mapped[str | None] = mapped_column(String(16))  # in the link of who may claim
    claim_from: Mapped[datetime | None]
    claim_until: Mapped[datetime | None]
    per_person: Mapped[int | None]
    per_phone: Mapped[int | None]
    per_person_day: Mapped[int | None]
    per_day: Mapped[int | None]
    per_guide_month: Mapped[int | None]
    pack_sku: Mapped[str | None] = mapped_column(String(64))  # sold at the till under this SKU
    created_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class PackPart(BrandRow):
    """That a pack of one batch holds so many coupons of another."""

    __tablename__ = "coupon_pack_parts"
    __table_args__ = (
        belongs_to("coupon_batches", "pack_id"),
        belongs_to("coupon_batches", "batch_id"),
        CheckConstraint("pack_id <> batch_id", name="not_itself"),
        CheckConstraint("quantity BETWEEN 1 AND 20", name="quantity"),
    )

    pack_id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int] = mapped_column(default=1)


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
