"""Rules of attribution over time, and whose each order is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, belongs_to


class CreditRule(BrandRow):
    """One version of the brand's rule, never edited: orders paid from `starts_at` on go by it,
    until another starts. Of two that start together the later version holds."""

    __tablename__ = "credit_rules"
    __table_args__ = (
        CheckConstraint("version > 0", name="version"),
        Index(None, "brand_id", "starts_at"),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    starts_at: Mapped[datetime]
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))


class Credit(BrandRow):
    """Whose one part of an order is, by which way of which version; the store's where nobody.

    It holds basis points and no money: money stands in the order alone, so a return takes its
    exact part from everybody at once, and the sum is what was sold. The database refuses rows
    of an order that are not 10,000 together.
    """

    __tablename__ = "credits"
    __table_args__ = (
        CheckConstraint("bp BETWEEN 1 AND 10000", name="bp"),
        CheckConstraint("(way = 'store') = (staff_id IS NULL)", name="somebody"),
        belongs_to("orders", "order_id"),
        belongs_to("staff", "staff_id"),
        Index("ix_credits_staff", "brand_id", "staff_id", postgresql_where="staff_id IS NOT NULL"),
    )

    order_id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    staff_id: Mapped[int | None]
    way: Mapped[str] = mapped_column(String(8))
    bp: Mapped[int] = mapped_column(SmallInteger)
    version: Mapped[int]


class CreditCount(BrandRow):
    """How far the brand's orders have been gone through: those without credit, and those paid
    since `recount_from`, whose day was not over when they were looked at."""

    __tablename__ = "credit_counts"
    __table_args__ = (Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),)

    planned_at: Mapped[datetime]
    recount_from: Mapped[datetime]
    reached: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
