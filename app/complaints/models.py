"""Complaints of members, with what was done about them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class Kind(StrEnum):
    """What it is about."""

    MANNER = "manner"
    WAIT = "wait"
    GOODS = "goods"
    PRICE = "price"
    BOTHER = "bother"  # contacted too often
    OTHER = "other"


class State(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"  # recorded by mistake; it counts nowhere


class Complaint(NumberedBrandRow):
    """One complaint. Her words and what was done are sealed: they are about people, and free.

    `happened_on` is a day on the brand's calendar. A guide or a visit is always of a store. Where
    `answered_by_id` is nobody although it was answered, her data was erased before anybody did.
    """

    __tablename__ = "complaints"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("stores", "store_id"),
        belongs_to("staff", "staff_id"),
        belongs_to("visits", "visit_id"),
        belongs_to("staff", "recorded_by_id"),
        belongs_to("staff", "answered_by_id"),
        belongs_to("staff", "withdrawn_by_id"),
        UniqueConstraint("brand_id", "key"),
        CheckConstraint(
            "store_id IS NOT NULL OR (staff_id IS NULL AND visit_id IS NULL)", name="somewhere"
        ),
        CheckConstraint("state <> 'open' OR answered_at IS NULL", name="open"),
        CheckConstraint("state <> 'answered' OR answered_at IS NOT NULL", name="answered"),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)"
            " AND (withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)",
            name="withdrawn",
        ),
        Index(None, "brand_id", "member_id", "recorded_at", "id"),
        Index(None, "brand_id", "store_id", "happened_on"),
        Index("ix_complaints_open", "brand_id", "due_at", "id", postgresql_where="state = 'open'"),
    )

    member_id: Mapped[int]
    kind: Mapped[Kind] = mapped_column(String(8))
    state: Mapped[State] = mapped_column(String(9), default=State.OPEN)
    happened_on: Mapped[date]
    store_id: Mapped[int | None]
    staff_id: Mapped[int | None]  # the guide whom it is about
    visit_id: Mapped[int | None]
    text_encrypted: Mapped[str | None] = mapped_column(Text)  # None once her data was erased
    answer_encrypted: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int]
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None]
    key: Mapped[str] = mapped_column(String(40))  # of the page that recorded it
