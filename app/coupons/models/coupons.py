"""A member's coupon, and each use of it from the reservation to the refund."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class CouponState(StrEnum):
    """What a coupon is good for at a moment; each is in exactly one."""

    USABLE = "usable"
    LATER = "later"  # its days have not begun
    HELD = "held"  # put aside at a till
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Coupon(NumberedBrandRow):
    """A member's coupon. Whether it works is read from its dates and uses, never from a job.

    `rule` is her batch's on the day of issue; later batches' rules do not reach it. `used` counts
    the `held` too: reservations, the first of which ends at `held_until` whether or not a job has
    tidied it.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        UniqueConstraint("brand_id", "member_id", "batch_id", "reason"),
        CheckConstraint("used BETWEEN 0 AND uses", name="within_uses"),
        CheckConstraint("held BETWEEN 0 AND used", name="within_used"),
        CheckConstraint("(held > 0) = (held_until IS NOT NULL)", name="held_has_end"),
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
    held: Mapped[int] = mapped_column(default=0)
    held_until: Mapped[datetime | None]
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    is_synthetic: Mapped[bool] = mapped_column(default=False)
    rule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))

    def has_use(self, at: datetime) -> bool:
        """Whether a use is free, counting a reservation that has run out as free."""
        has_lapsed = self.held_until is not None and self.held_until <= at
        return self.used < self.uses or has_lapsed

    def free_uses(self, at: datetime) -> int:
        """How many uses are free; of those whose reservation has run out, one is known of."""
        return max(self.uses - self.used, int(self.has_use(at)))

    def is_usable(self, at: datetime) -> bool:
        """Whether it can be used at this moment, as far as it says itself."""
        return self.state(at) is CouponState.USABLE

    def state(self, at: datetime) -> CouponState:
        """What it is good for at this moment; a revoked batch is asked apart."""
        if self.used - self.held >= self.uses:
            return CouponState.USED
        if self.revoked_at is not None:
            return CouponState.REVOKED
        if not self.has_use(at):
            return CouponState.HELD
        if self.valid_until <= at:
            return CouponState.EXPIRED
        return CouponState.LATER if at < self.valid_from else CouponState.USABLE


class RedemptionState(StrEnum):
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    PARTLY_REFUNDED = "partly_refunded"
    VOIDED = "voided"  # the till let go of it
    LAPSED = "lapsed"  # nobody settled it in time
    ROLLED_BACK = "rolled_back"  # the order was cancelled


STANDING = (
    RedemptionState.RESERVED,
    RedemptionState.REDEEMED,
    RedemptionState.PARTLY_REFUNDED,
)
USES = (RedemptionState.REDEEMED, RedemptionState.PARTLY_REFUNDED)


class Redemption(NumberedBrandRow):
    """One use of a coupon; `key` is the caller's, so that a second tap finds the first.

    Reserved until `reserved_until`; `redeemed_at` is when it was settled, before that when it
    was put aside. `undone_at` is set once it does not count any more, whichever way it ended.
    """

    __tablename__ = "redemptions"
    __table_args__ = (
        UniqueConstraint("brand_id", "key"),
        CheckConstraint("refunded_fen BETWEEN 0 AND discount_fen", name="within_discount"),
        CheckConstraint(
            "(state IN ('voided', 'lapsed', 'rolled_back')) = (undone_at IS NOT NULL)",
            name="undone",
        ),
        CheckConstraint("state <> 'reserved' OR reserved_until IS NOT NULL", name="has_end"),
        belongs_to("coupons", "coupon_id"),
        belongs_to("orders", "order_id"),
        belongs_to("stores", "store_id"),
        belongs_to("staff", "staff_id"),
        Index(None, "brand_id", "coupon_id"),
        Index("ix_redemptions_due", "reserved_until", postgresql_where="state = 'reserved'"),
    )

    coupon_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    state: Mapped[RedemptionState] = mapped_column(String(16), default=RedemptionState.REDEEMED)
    order_id: Mapped[int | None]
    order_ref: Mapped[str | None] = mapped_column(String(96))  # the till's, before it is an order
    store_id: Mapped[int | None]
    staff_id: Mapped[int | None]
    discount_fen: Mapped[int] = mapped_column(default=0)
    refunded_fen: Mapped[int] = mapped_column(default=0)
    reserved_until: Mapped[datetime | None]
    redeemed_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    @property
    def is_standing(self) -> bool:
        """Whether it takes one of the coupon's uses."""
        return self.state in STANDING
