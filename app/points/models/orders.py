"""What each order earned, and what of it was given back: the base of every exact share."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, belongs_to


class OrderPoints(BrandRow):
    """One order as it counts now: what was paid, what that earned, and how much of both went
    back. A correction that takes all back starts the row anew; the ledger keeps what was."""

    __tablename__ = "order_points"
    __table_args__ = (
        belongs_to("members", "member_id"),
        CheckConstraint("clawed_back >= 0 AND clawed_back <= earned", name="clawed_back"),
    )

    order_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int]
    part: Mapped[str] = mapped_column(String(32), default="")  # which of its parts counts now
    paid_fen: Mapped[int]
    refunded_fen: Mapped[int] = mapped_column(default=0)
    earned: Mapped[int]
    clawed_back: Mapped[int] = mapped_column(default=0)


class PointsRefund(BrandRow):
    """A refund that was counted, once by its key."""

    __tablename__ = "points_refunds"
    __table_args__ = (belongs_to("members", "member_id"),)

    order_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[int]
    refunded_fen: Mapped[int]
    amount: Mapped[int]
    at: Mapped[datetime]
