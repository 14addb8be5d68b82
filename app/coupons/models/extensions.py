"""Longer days for coupons that are out already, one step after another."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class Extension(NumberedBrandRow):
    """The unused coupons of a batch work until a later moment; none ever ends earlier by it.

    Those that had run out when it was asked for are among them only if `with_expired` says so.
    `done_to` is the last coupon that the worker has looked at, `extended` how many it changed.
    """

    __tablename__ = "coupon_extensions"
    __table_args__ = (
        CheckConstraint("extended >= 0", name="extended"),
        belongs_to("coupon_batches", "batch_id"),
        belongs_to("staff", "asked_by_id"),
        Index(None, "brand_id", "batch_id"),
        Index("ix_coupon_extensions_open", "id", postgresql_where="ended_at IS NULL"),
    )

    batch_id: Mapped[int]
    until: Mapped[datetime]
    with_expired: Mapped[bool]
    asked_by_id: Mapped[int]
    asked_at: Mapped[datetime]
    done_to: Mapped[int] = mapped_column(default=0)
    extended: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
