"""Fields that a brand defines for its members, their typed values, and who changed them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"


class CustomField(NumberedBrandRow):
    """A field of the brand's own. Its kind never changes: its values could not follow."""

    __tablename__ = "custom_fields"
    __table_args__ = (
        UniqueConstraint("brand_id", "name"),
        UniqueConstraint("brand_id", "id", "kind"),
        CheckConstraint(
            "(kind IN ('choice', 'choices')) = (cardinality(options) > 0)", name="options"
        ),
    )

    name: Mapped[str] = mapped_column(String(32))
    kind: Mapped[FieldKind] = mapped_column(String(8))
    options: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class CustomValue(BrandRow):
    """A member's value, in the column of its kind: the database refuses any other. Free text is
    sealed; the other kinds lie open, since segments compare them."""

    __tablename__ = "custom_values"
    __table_args__ = (
        belongs_to("members", "member_id"),
        ForeignKeyConstraint(
            ["brand_id", "field_id", "kind"],
            ["custom_fields.brand_id", "custom_fields.id", "custom_fields.kind"],
        ),
        CheckConstraint("(kind = 'text') = (text_encrypted IS NOT NULL)", name="text"),
        CheckConstraint("(kind = 'number') = (number_value IS NOT NULL)", name="number"),
        CheckConstraint("(kind = 'date') = (date_value IS NOT NULL)", name="date"),
        CheckConstraint("(kind IN ('choice', 'choices')) = (chosen IS NOT NULL)", name="chosen"),
        CheckConstraint("kind <> 'choice' OR cardinality(chosen) = 1", name="one_choice"),
        Index(
            "ix_custom_values_number",
            "brand_id",
            "field_id",
            "number_value",
            postgresql_where="number_value IS NOT NULL",
        ),
        Index(
            "ix_custom_values_date",
            "brand_id",
            "field_id",
            "date_value",
            postgresql_where="date_value IS NOT NULL",
        ),
        Index(
            "ix_custom_values_chosen",
            "chosen",
            postgresql_using="gin",
            postgresql_where="chosen IS NOT NULL",
        ),
    )

    member_id: Mapped[int] = mapped_column(primary_key=True)
    field_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FieldKind] = mapped_column(String(8))
    text_encrypted: Mapped[str | None] = mapped_column(Text)
    number_value: Mapped[Decimal | None] = mapped_column(Numeric(18, 4))
    date_value: Mapped[date | None]
    chosen: Mapped[list[str] | None] = mapped_column(ARRAY(Text))


class CustomChange(NumberedBrandRow):
    """That somebody changed a value: what it was, what it became, as sealed JSON. Null is no
    value."""

    __tablename__ = "custom_changes"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("custom_fields", "field_id"),
        Index(None, "brand_id", "member_id", "id"),
    )

    member_id: Mapped[int]
    field_id: Mapped[int]
    before_encrypted: Mapped[str | None] = mapped_column(Text)
    after_encrypted: Mapped[str | None] = mapped_column(Text)
    changed_by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
