"""The ladder, and where each member stands on it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class Tier(NumberedBrandRow):
    """A step of the ladder, reached by money spent in the tier window."""

    __tablename__ = "tiers"
    __table_args__ = (UniqueConstraint("brand_id", "rank"),)

    rank: Mapped[int]
    name: Mapped[str] = mapped_column(String(16))
    spend_fen: Mapped[int]


class MemberTier(BrandRow):
    """Where a member stands: her tier and the spend that put her there."""

    __tablename__ = "member_tiers"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("tiers", "tier_id"),
        Index(None, "brand_id", "spent_fen", "member_id"),
    )

    member_id: Mapped[int] = mapped_column(primary_key=True)
    tier_id: Mapped[int]
    spent_fen: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
