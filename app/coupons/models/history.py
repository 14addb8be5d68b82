"""What became of each coupon, step by step; a row is never changed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class Step(StrEnum):
    """Where a coupon, or one use of it, comes from and goes to."""

    ISSUED = "issued"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    PARTLY_REFUNDED = "partly_refunded"
    VOIDED = "voided"
    LAPSED = "lapsed"
    ROLLED_BACK = "rolled_back"
    REVOKED = "revoked"
    EXTENDED = "extended"  # its days were made longer


class CouponStep(NumberedBrandRow):
    """One step: who, where, when, by which order, from what to what.

    `by` is `staff:3`, `member`, `till`, `rule`, `import`; `reference` is the caller's own for a
    step that may come more than once, so that it is taken once.
    """

    __tablename__ = "coupon_steps"
    __table_args__ = (
        belongs_to("coupons", "coupon_id"),
        belongs_to("redemptions", "redemption_id"),
        belongs_to("orders", "order_id"),
        belongs_to("stores", "store_id"),
        Index(None, "brand_id", "coupon_id"),
        Index(
            "uq_coupon_steps_reference",
            "brand_id",
            "redemption_id",
            "reference",
            unique=True,
            postgresql_where="to_step = 'partly_refunded'",
        ),
    )

    coupon_id: Mapped[int]
    redemption_id: Mapped[int | None]
    at: Mapped[datetime]
    from_step: Mapped[Step | None] = mapped_column(String(16))
    to_step: Mapped[Step] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(32))
    store_id: Mapped[int | None]
    order_id: Mapped[int | None]
    reference: Mapped[str | None] = mapped_column(String(96))
    fen: Mapped[int] = mapped_column(default=0)
