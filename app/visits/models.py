"""Scans in stores, and what a guide made of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class VisitState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"


class VisitKind(StrEnum):
    """What the person was when she scanned."""

    FOLLOWED = "followed"  # followed the account with this very scan
    FAN = "fan"  # followed already, no member
    FRIEND = "friend"  # added a guide at WeCom by her code, no member
    MEMBER = "member"  # a member already


class Outcome(StrEnum):
    """How a visit ended."""

    BOUGHT = "bought"
    SERVED = "served"
    NOT_TODAY = "not_today"


class Visit(NumberedBrandRow):
    """One person's scan in a store. `seq` grows with every change, in the order of commits.

    `state`, `outcome` and `claimed_*` are of now: a scan within the hour makes her wait again.
    What is `first_*` and `served_*` stays: who answered her, how fast, and who served her.
    """

    __tablename__ = "visits"
    __table_args__ = (
        belongs_to("stores", "store_id"),
        belongs_to("fans", "fan_id"),
        belongs_to("qr_codes", "qr_code_id"),
        belongs_to("staff", "claimed_by_id"),
        belongs_to("staff", "first_claimed_by_id"),
        belongs_to("staff", "served_by_id"),
        CheckConstraint("(served_by_id IS NULL) = (served_outcome IS NULL)", name="served"),
        Index(None, "brand_id", "store_id", "seq", unique=True),
        Index(None, "brand_id", "store_id", "scanned_at"),
        Index(None, "brand_id", "fan_id", "scanned_at"),
        Index(None, "brand_id", "qr_code_id", "scanned_at"),
        Index(
            "ix_visits_claimed",
            "brand_id",
            "claimed_by_id",
            postgresql_where="state = 'claimed'",
        ),
    )

    store_id: Mapped[int]
    fan_id: Mapped[int]
    qr_code_id: Mapped[int]
    kind: Mapped[VisitKind] = mapped_column(String(8))
    scanned_at: Mapped[datetime]  # the last time
    first_scanned_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]
    seq: Mapped[int]
    state: Mapped[VisitState] = mapped_column(String(8), default=VisitState.WAITING)
    claimed_by_id: Mapped[int | None]
    claimed_until: Mapped[datetime | None]
    greeted_at: Mapped[datetime | None]
    sample_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(String(16))
    first_claimed_at: Mapped[datetime | None]
    first_claimed_by_id: Mapped[int | None]
    served_by_id: Mapped[int | None]
    served_at: Mapped[datetime | None]  # unknown of visits before it was kept
    served_outcome: Mapped[Outcome | None] = mapped_column(String(16))
