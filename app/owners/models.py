"""Who looked after whom, from when until when; the open row is today's."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from app.core.db import NumberedBrandRow, belongs_to


class Why(StrEnum):
    """Why a guide became her owner: by a rule of the brand, or by a person's hand."""

    SCAN_STORE = "scan_store"
    PROMOTER = "promoter"
    LAST_TOUCH = "last_touch"
    FALLBACK = "fallback"
    TRANSFER = "transfer"
    LEAVING = "leaving"
    UNDONE = "undone"  # a transfer or hand-over was taken back
    MERGED = "merged"  # she came from the other of two members who were made one
    UNMERGED = "unmerged"
    BEFORE = "before"  # was written down before there was a history


class MemberOwner(NumberedBrandRow):
    """One stretch of time in which a guide was her owner.

    A row is closed once and never changed otherwise. The database keeps that a member has at most
    one open row, that her rows do not overlap, and that `members.guide_id` says the open one's
    guide when a transaction commits (migration 0080). `store_id`: where she looks after her.
    """

    __tablename__ = "member_owners"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("staff", "staff_id"),
        belongs_to("stores", "store_id"),
        CheckConstraint("until >= since", name="in_order"),
        Index(
            "uq_member_owners_open", "brand_id", "member_id",
            unique=True, postgresql_where="until IS NULL",
        ),
        Index(
            "ix_member_owners_of_guide", "brand_id", "staff_id",
            postgresql_where="until IS NULL",
        ),
        Index(None, "brand_id", "member_id", "since"),
        # ranges of one number stand for equality: GiST knows no bigint without an extension
        ExcludeConstraint(
            (text("int8range(member_id, member_id, '[]')"), "&&"),
            (text("tstzrange(since, until)"), "&&"),
            name="ex_member_owners_overlap", using="gist",
        ),
    )  # fmt: skip

    member_id: Mapped[int]
    staff_id: Mapped[int]
    store_id: Mapped[int | None]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    why: Mapped[Why] = mapped_column(String(16))
    rule_version: Mapped[int | None]
