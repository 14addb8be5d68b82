"""The points ledger (one row a movement, never edited) and the tiers."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class AccountKind(StrEnum):
    ISSUED = "issued"  # the brand's side: runs negative by what members hold
    AVAILABLE = "available"


class PointsAccount(NumberedBrandRow):
    """One side of the ledger; the balance is cached in the transaction that moves it."""

    __tablename__ = "points_accounts"
    __table_args__ = (
        UniqueConstraint("brand_id", "member_id", "kind", postgresql_nulls_not_distinct=True),
        CheckConstraint("kind = 'issued' OR balance >= 0", name="not_negative"),
        belongs_to("members", "member_id"),
    )

    member_id: Mapped[int | None]
    kind: Mapped[AccountKind] = mapped_column(String(16))
    balance: Mapped[int] = mapped_column(default=0)


class PointsTransfer(BrandRow):
    """Points going from one account to another. The id is made by the caller, so twice is once."""

    __tablename__ = "points_transfers"
    __table_args__ = (
        CheckConstraint("amount > 0", name="positive"),
        belongs_to("points_accounts", "debit_id"),
        belongs_to("points_accounts", "credit_id"),
        Index(None, "brand_id", "credit_id", "at"),
        Index(None, "brand_id", "debit_id", "at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(Uuid(), primary_key=True)
    debit_id: Mapped[int]
    credit_id: Mapped[int]
    amount: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


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
