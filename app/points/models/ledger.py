"""The points ledger: accounts, one row a movement that is never edited, and what is left of what
was earned, by the day it lapses."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to

RIPE = datetime(1970, 1, 1, tzinfo=UTC)  # when a lot ripens that can be used already
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when a lot lapses that does not


class AccountKind(StrEnum):
    """Four sides of a member, four of the brand."""

    PENDING = "pending"  # earned, until the return period is over
    AVAILABLE = "available"
    HELD = "held"  # put aside at a till
    OWED = "owed"  # clawed back beyond what was left; the one account that runs the other way
    ISSUED = "issued"
    SPENT = "spent"
    EXPIRED = "expired"
    CLAWED_BACK = "clawed_back"


OF_MEMBERS = (AccountKind.PENDING, AccountKind.AVAILABLE, AccountKind.HELD, AccountKind.OWED)


class PointsAccount(NumberedBrandRow):
    """One side of the ledger. A member's balance is cached in the transaction that moves it; the
    brand's side is the sum of its movements and keeps nought, so that no till waits for it
    (docs/decisions/0021)."""

    __tablename__ = "points_accounts"
    __table_args__ = (
        UniqueConstraint("brand_id", "member_id", "kind", postgresql_nulls_not_distinct=True),
        CheckConstraint("balance >= 0", name="not_negative"),
        CheckConstraint("member_id IS NOT NULL OR balance = 0", name="brand_keeps_nought"),
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
        CheckConstraint("debit_id <> credit_id", name="two_sides"),
        belongs_to("points_accounts", "debit_id"),
        belongs_to("points_accounts", "credit_id"),
        Index(None, "brand_id", "credit_id", "at"),
        Index(None, "brand_id", "debit_id", "at"),
        Index(None, "brand_id", "reference"),
    )

    id: Mapped[uuid.UUID] = mapped_column(Uuid(), primary_key=True)
    debit_id: Mapped[int]
    credit_id: Mapped[int]
    amount: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    reference: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class PointsLot(BrandRow):
    """Points of one member that lapse at the same moment: how many came, how many are left."""

    __tablename__ = "points_lots"
    __table_args__ = (
        belongs_to("members", "member_id"),
        CheckConstraint("remaining >= 0 AND remaining <= amount", name="left"),
        Index(
            "ix_points_lots_ripening",
            "ripens_at",
            postgresql_where="remaining > 0 AND ripens_at > '1970-01-01 00:00:00+00'",
        ),
        Index(
            "ix_points_lots_lapsing",
            "lapses_at",
            postgresql_where="remaining > 0 AND lapses_at < '9999-01-01 00:00:00+00'",
        ),
    )

    member_id: Mapped[int] = mapped_column(primary_key=True)
    lapses_at: Mapped[datetime] = mapped_column(primary_key=True)
    ripens_at: Mapped[datetime] = mapped_column(primary_key=True)
    amount: Mapped[int]
    remaining: Mapped[int]
