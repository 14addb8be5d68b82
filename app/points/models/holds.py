"""Points put aside at a till, and what day the points of each would lapse."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, belongs_to


class HoldState(StrEnum):
    HELD = "held"
    SETTLED = "settled"
    RELEASED = "released"  # by the till
    LAPSED = "lapsed"  # the till never came back


class PointsHold(BrandRow):
    """Part of the points, put aside by a till until it settles or gives up. `round` counts how
    often they were put aside: a payment that comes late takes them anew."""

    __tablename__ = "points_holds"
    __table_args__ = (
        belongs_to("members", "member_id"),
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("given_back >= 0 AND given_back <= amount", name="given_back"),
        Index("ix_points_holds_lapsing", "until", postgresql_where="state = 'held'"),
        Index(None, "brand_id", "member_id"),
    )

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[int]
    amount: Mapped[int]
    state: Mapped[HoldState] = mapped_column(String(8))
    until: Mapped[datetime]
    round: Mapped[int] = mapped_column(default=1)
    order_id: Mapped[int | None]
    given_back: Mapped[int] = mapped_column(default=0)


class PointsDraw(BrandRow):
    """How many of the points put aside would lapse when: they go back to where they were."""

    __tablename__ = "points_draws"
    __table_args__ = (
        ForeignKeyConstraint(
            ["brand_id", "hold_key"], ["points_holds.brand_id", "points_holds.key"]
        ),
        CheckConstraint("amount >= 0", name="not_negative"),
    )

    hold_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    lapses_at: Mapped[datetime] = mapped_column(primary_key=True)
    amount: Mapped[int]
