"""What a brand measures on its members, such as a skin test, and what was measured."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class MeasureForm(StrEnum):
    NUMBER = "number"
    CHOICE = "choice"


class MeasureKind(NumberedBrandRow):
    """One test of the brand's own. A number has a range outside of which it is a slip of the
    finger, and may have a normal band; a choice has its options."""

    __tablename__ = "measure_kinds"
    __table_args__ = (
        UniqueConstraint("brand_id", "name"),
        CheckConstraint("(form = 'choice') = (cardinality(options) > 0)", name="options"),
        CheckConstraint("(form = 'number') = (low IS NOT NULL)", name="low"),
        CheckConstraint("(form = 'number') = (high IS NOT NULL)", name="high"),
        CheckConstraint("low < high", name="range"),
        CheckConstraint("(normal_low IS NULL) = (normal_high IS NULL)", name="whole_band"),
        CheckConstraint(
            "low <= normal_low AND normal_low <= normal_high AND normal_high <= high", name="band"
        ),
    )

    name: Mapped[str] = mapped_column(String(32))
    form: Mapped[MeasureForm] = mapped_column(String(8))
    unit: Mapped[str] = mapped_column(String(16), default="")
    low: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    high: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    normal_low: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    normal_high: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    options: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Measurement(NumberedBrandRow):
    """One result. It tells of her body: sealed."""

    __tablename__ = "measurements"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("measure_kinds", "kind_id"),
        belongs_to("stores", "store_id"),
        belongs_to("staff", "staff_id"),
        Index(None, "brand_id", "member_id", "kind_id", "at"),
    )

    member_id: Mapped[int]
    kind_id: Mapped[int]
    value_encrypted: Mapped[str] = mapped_column(Text)
    store_id: Mapped[int]
    staff_id: Mapped[int]
    at: Mapped[datetime]
