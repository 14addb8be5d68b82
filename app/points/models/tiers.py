"""The ladder, where each member stands on it, what brought her there and how she got there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class Tier(NumberedBrandRow):
    """A step of the ladder, reached by money spent (or growth, ¥1 each) in the tier window.
    `rights` is what it gives: app/points/rights.py."""

    __tablename__ = "tiers"
    __table_args__ = (UniqueConstraint("brand_id", "rank"),)

    rank: Mapped[int]
    name: Mapped[str] = mapped_column(String(16))
    spend_fen: Mapped[int]
    rights: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")


class MemberTier(BrandRow):
    """Where a member stands: her tier is the higher of the one she earned (at `changed_at`) and the
    one that was given by hand. `review_at` is when it is looked at again: at the end of her period
    and of the grace after it, or of a grant."""

    __tablename__ = "member_tiers"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("tiers", "tier_id"),
        belongs_to("tiers", "earned_tier_id"),
        belongs_to("tiers", "granted_tier_id"),
        Index(None, "brand_id", "spent_fen", "member_id"),
        Index("ix_member_tiers_review_at", "review_at", postgresql_where="review_at IS NOT NULL"),
    )

    member_id: Mapped[int] = mapped_column(primary_key=True)
    tier_id: Mapped[int]
    earned_tier_id: Mapped[int]
    granted_tier_id: Mapped[int | None]
    spent_fen: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    keeps_until: Mapped[datetime | None]
    granted_until: Mapped[datetime | None]
    review_at: Mapped[datetime | None]


class GrowthKind(StrEnum):
    ORDER = "order"
    REFUND = "refund"
    BONUS = "bonus"  # growth that was not bought
    IMPORT = "import"  # a month of purchases from before


class GrowthEntry(BrandRow):
    """What counts towards the tier, once by its key; a refund counts against it, on the day of
    the purchase."""

    __tablename__ = "growth_entries"
    __table_args__ = (
        belongs_to("members", "member_id"),
        Index(None, "brand_id", "member_id", "at"),
    )

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    member_id: Mapped[int]
    kind: Mapped[GrowthKind] = mapped_column(String(8))
    at: Mapped[datetime]
    fen: Mapped[int]


class StepWhy(StrEnum):
    PURCHASE = "purchase"
    REFUND = "refund"
    KEPT = "kept"  # her period ended, and she had earned another
    PERIOD_END = "period_end"
    GRANTED = "granted"
    GRANT_ENDED = "grant_ended"
    RECOUNTED = "recounted"  # the brand changed its ladder


class TierStep(NumberedBrandRow):
    """One step up or down, or a tier kept: the history of a member's standing."""

    __tablename__ = "tier_steps"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("tiers", "tier_id"),
        Index(None, "brand_id", "member_id", "at"),
    )

    member_id: Mapped[int]
    tier_id: Mapped[int]
    from_tier_id: Mapped[int | None]
    why: Mapped[StepWhy] = mapped_column(String(16))
    spent_fen: Mapped[int]
    at: Mapped[datetime]
    until: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(64))
    actor: Mapped[str | None] = mapped_column(String(32))
