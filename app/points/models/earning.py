"""The brand's books of earning rules, and the versions of its points policy."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow


class EarningBook(BrandRow):
    """One version of the brand's rules, never edited: it holds from `starts_at` until another
    starts. Of two that start together the later version holds."""

    __tablename__ = "earning_books"
    __table_args__ = (
        CheckConstraint("version > 0", name="version"),
        Index(None, "brand_id", "starts_at"),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    starts_at: Mapped[datetime]
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))


class PolicyVersion(BrandRow):
    """One version of what the brand decided about its points, never edited. It held from
    `starts_at` until the next one; the one in force stands in the brand's settings too."""

    __tablename__ = "points_policies"
    __table_args__ = (CheckConstraint("version > 0", name="version"),)

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    starts_at: Mapped[datetime]
    policy: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_by: Mapped[str] = mapped_column(String(64))
