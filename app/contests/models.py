"""A contest, who takes part, where, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, SmallInteger, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class ContestState(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    CLOSED = "closed"  # its result stands, whatever comes back later


class Metric(StrEnum):
    """What counts, always for each chance."""

    SALES = "sales"
    DEALS = "deals"
    JOINS = "joins"
    GREETS = "greets"


class Contest(NumberedBrandRow):
    """`credit_versions`: the rules by which sales were divided when it was closed."""

    __tablename__ = "contests"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("least > 0", name="least"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
    )

    name: Mapped[str] = mapped_column(String(32))
    metric: Mapped[Metric] = mapped_column(String(8))
    prize: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    least: Mapped[int] = mapped_column(SmallInteger)  # chances; fewer are not placed
    state: Mapped[ContestState] = mapped_column(String(8), default=ContestState.DRAFT)
    made_by: Mapped[str] = mapped_column(String(64))
    closed_at: Mapped[datetime | None]
    credit_versions: Mapped[list[Any] | None] = mapped_column(JSONB)

    @property
    def last_moment(self) -> datetime:
        """Within its last day; `ends_at` is the midnight after it."""
        return self.ends_at - timedelta(microseconds=1)


class ContestStore(BrandRow):
    """A store whose scans and sales count."""

    __tablename__ = "contest_stores"
    __table_args__ = (belongs_to("contests", "contest_id"), belongs_to("stores", "store_id"))

    contest_id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(primary_key=True)


class ContestPlayer(BrandRow):
    """A guide who takes part, in a team or for herself."""

    __tablename__ = "contest_players"
    __table_args__ = (belongs_to("contests", "contest_id"), belongs_to("staff", "staff_id"))

    contest_id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(primary_key=True)
    team: Mapped[str | None] = mapped_column(String(16))


class ContestResult(BrandRow):
    """What a side had when the contest was closed, written once. `place` None: too few chances."""

    __tablename__ = "contest_results"
    __table_args__ = (belongs_to("contests", "contest_id"),)

    contest_id: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(32))
    staff_ids: Mapped[list[Any]] = mapped_column(JSONB)
    chances: Mapped[int]
    value: Mapped[int]
    place: Mapped[int | None] = mapped_column(SmallInteger)
