"""What a pack owes its member, because it had run out when she used the pack."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class CouponPromise(NumberedBrandRow):
    """One coupon out of a pack that could not be given: she gets it as soon as there is one.

    `reason` names it as it will name the coupon, so that it is given once. `refusal` is why it
    could not be given when it was last tried; it is tried again at `due_at`.
    """

    __tablename__ = "coupon_promises"
    __table_args__ = (
        UniqueConstraint("brand_id", "pack_id", "batch_id", "reason"),
        CheckConstraint("(kept_at IS NULL) = (coupon_id IS NULL)", name="kept"),
        CheckConstraint("kept_at IS NULL OR dropped_at IS NULL", name="one_end"),
        belongs_to("coupons", "pack_id"),
        belongs_to("coupons", "coupon_id"),
        belongs_to("coupon_batches", "batch_id"),
        belongs_to("members", "member_id"),
        Index(
            "ix_coupon_promises_open",
            "brand_id",
            "batch_id",
            "due_at",
            postgresql_where="kept_at IS NULL AND dropped_at IS NULL",
        ),
    )

    pack_id: Mapped[int]  # the coupon that was used, not its batch
    batch_id: Mapped[int]
    member_id: Mapped[int]
    reason: Mapped[str] = mapped_column(String(48))
    by: Mapped[str] = mapped_column(String(48))
    refusal: Mapped[str] = mapped_column(String(32))
    promised_at: Mapped[datetime]
    due_at: Mapped[datetime]
    kept_at: Mapped[datetime | None]
    coupon_id: Mapped[int | None]
    dropped_at: Mapped[datetime | None]  # the pack was brought back
