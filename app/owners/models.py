"""Who looked after whom, from when until when; the open row is today's."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from app.core.db import BrandRow, NumberedBrandRow, belongs_to

LONGEST_REASON = 100


class Why(StrEnum):
    """Why a guide became her owner: by a rule of the brand, or by a person's hand."""

    SCAN_STORE = "scan_store"  # she served her in the store of her first scan
    SCAN_LIGHTEST = "scan_lightest"  # she had the fewest members there
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
    guide when a transaction commits (migration 0063). `store_id`: where she looks after her.
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


class OwnerRule(BrandRow):
    """One version of the brand's rule, never edited: the newest is in force since it was made."""

    __tablename__ = "owner_rules"
    __table_args__ = (CheckConstraint("version > 0", name="version"),)

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))


class MoveKind(StrEnum):
    """Why many change hands at once."""

    TRANSFER = "transfer"  # somebody decided it
    LEAVING = "leaving"  # their guides leave the brand
    RULE = "rule"  # the brand's rule is applied to everybody


class MoveState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class OwnerMove(NumberedBrandRow):
    """Members change hands together, for a reason, and come back together.

    `loads`: how many members each guide of it had before. A rule that is applied to everybody
    goes through them in the order of their numbers: `reached` is the last it has looked at.
    """

    __tablename__ = "owner_moves"
    __table_args__ = (
        belongs_to("staff", "made_by_id"),
        belongs_to("staff", "undone_by_id"),
        ForeignKeyConstraint(
            ["brand_id", "rule_version"], ["owner_rules.brand_id", "owner_rules.version"]
        ),
        CheckConstraint("(kind = 'rule') = (rule_version IS NOT NULL)", name="rule"),
        Index(
            "ix_owner_moves_due", "brand_id",
            postgresql_where="state IN ('running', 'undoing')",
        ),
        Index(
            "uq_owner_moves_rule", "brand_id", unique=True,
            postgresql_where="kind = 'rule' AND state = 'running'",
        ),
        Index(None, "brand_id", "made_at"),
    )  # fmt: skip

    kind: Mapped[MoveKind] = mapped_column(String(16))
    state: Mapped[MoveState] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    leaver_ids: Mapped[list[int]] = mapped_column(JSONB, default=list)
    loads: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    made_by_id: Mapped[int]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None]
    undone_at: Mapped[datetime | None]
    rule_version: Mapped[int | None]
    reached: Mapped[int] = mapped_column(default=0, server_default="0")


class RowState(StrEnum):
    DUE = "due"
    MOVED = "moved"
    KEPT = "kept"  # had changed hands before we came to her: left alone
    BACK = "back"
    STAYED = "stayed"  # had changed hands again before it was undone: left alone


class OwnerMoveRow(BrandRow):
    """One member of a move. `owner_id`: the row of her history that it opened."""

    __tablename__ = "owner_move_rows"
    __table_args__ = (
        belongs_to("owner_moves", "move_id"),
        belongs_to("members", "member_id"),
        belongs_to("staff", "from_staff_id"),
        belongs_to("staff", "to_staff_id"),
        belongs_to("stores", "from_store_id"),
        belongs_to("stores", "to_store_id"),
        Index(None, "brand_id", "member_id"),
        Index("ix_owner_move_rows_state", "brand_id", "move_id", "state", "member_id"),
    )

    move_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(primary_key=True)
    from_staff_id: Mapped[int | None]
    from_store_id: Mapped[int | None]
    to_staff_id: Mapped[int | None]
    to_store_id: Mapped[int | None]
    why: Mapped[Why] = mapped_column(String(16))
    state: Mapped[RowState] = mapped_column(String(8), default=RowState.DUE)
    owner_id: Mapped[int | None]


class GuideCover(NumberedBrandRow):
    """A guide is away from one store, from its first day to its last; a colleague stands in for
    her, or the whole store. Members and sales stay hers. It ends by itself, or earlier by hand."""

    __tablename__ = "guide_covers"
    __table_args__ = (
        belongs_to("staff", "staff_id"),
        belongs_to("staff", "cover_id"),
        belongs_to("stores", "store_id"),
        belongs_to("staff", "made_by_id"),
        belongs_to("staff", "ended_by_id"),
        CheckConstraint("until_day >= from_day", name="in_order"),
        CheckConstraint("cover_id <> staff_id", name="another"),
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="ended"),
        Index(None, "brand_id", "store_id", "until_day"),
        ExcludeConstraint(
            (text("int8range(staff_id, staff_id, '[]')"), "&&"),
            (text("int8range(store_id, store_id, '[]')"), "&&"),
            (text("daterange(from_day, until_day, '[]')"), "&&"),
            name="ex_guide_covers_overlap", using="gist", where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    staff_id: Mapped[int]
    store_id: Mapped[int]
    cover_id: Mapped[int | None]
    from_day: Mapped[date]
    until_day: Mapped[date]
    made_by_id: Mapped[int]
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None]
