"""Giving a batch to many: one row a person, worked off in steps that may be killed anywhere."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class GrantState(StrEnum):
    CHOOSING = "choosing"  # its people are being written down
    ISSUING = "issuing"
    DONE = "done"
    STOPPED = "stopped"


class Grant(NumberedBrandRow):
    """A batch given to everybody with a tag. `chosen_to` is the last member written down."""

    __tablename__ = "coupon_grants"
    __table_args__ = (
        belongs_to("coupon_batches", "batch_id"),
        belongs_to("tags", "tag_id"),
        Index(None, "brand_id", "batch_id"),
        Index("ix_coupon_grants_open", "id", postgresql_where="state IN ('choosing', 'issuing')"),
    )

    batch_id: Mapped[int]
    tag_id: Mapped[int]
    reason: Mapped[str] = mapped_column(String(48))
    state: Mapped[GrantState] = mapped_column(String(8), default=GrantState.CHOOSING)
    chosen_to: Mapped[int] = mapped_column(default=0)
    asked_by_id: Mapped[int | None]
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class GrantRowState(StrEnum):
    PLANNED = "planned"
    ISSUED = "issued"
    REFUSED = "refused"
    SKIPPED = "skipped"  # it was stopped before her turn


class GrantRow(BrandRow):
    """One person of a grant and what became of her."""

    __tablename__ = "coupon_grant_rows"
    __table_args__ = (
        belongs_to("coupon_grants", "grant_id"),
        belongs_to("members", "member_id"),
        belongs_to("coupons", "coupon_id"),
        CheckConstraint("(state = 'issued') = (coupon_id IS NOT NULL)", name="issued_has_coupon"),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refused_has_reason"),
        Index(
            "ix_coupon_grant_rows_planned",
            "brand_id",
            "grant_id",
            "member_id",
            postgresql_where="state = 'planned'",
        ),
    )

    grant_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[GrantRowState] = mapped_column(String(8), default=GrantRowState.PLANNED)
    refusal: Mapped[str | None] = mapped_column(String(24))
    coupon_id: Mapped[int | None]
