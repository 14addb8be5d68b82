"""Being forgotten: who asked for it, the receipt, and the tombstones that keep her from coming
back with an old file or a restored backup."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class ErasureState(StrEnum):
    ASKED = "asked"  # due at `due_at`; until then she may take it back
    DONE = "done"
    TAKEN_BACK = "taken_back"


class Erasure(NumberedBrandRow):
    """One person's wish to be forgotten, and afterwards the receipt: what was erased, what the
    law keeps. It names nobody: the rows it points at are skeletons by then."""

    __tablename__ = "erasures"
    __table_args__ = (
        UniqueConstraint("brand_id", "receipt"),
        belongs_to("members", "member_id"),
        belongs_to("fans", "fan_id"),
        CheckConstraint("member_id IS NOT NULL OR fan_id IS NOT NULL", name="somebody"),
        Index("ix_erasures_due", "due_at", postgresql_where="state = 'asked'"),
        Index(
            "ix_erasures_asked_member",
            "brand_id",
            "member_id",
            unique=True,
            postgresql_where="state = 'asked' AND member_id IS NOT NULL",
        ),
        Index(
            "ix_erasures_asked_fan",
            "brand_id",
            "fan_id",
            unique=True,
            postgresql_where="state = 'asked' AND member_id IS NULL",
        ),
    )

    receipt: Mapped[str] = mapped_column(String(16))
    member_id: Mapped[int | None]
    fan_id: Mapped[int | None]
    door: Mapped[str] = mapped_column(String(16))
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[ErasureState] = mapped_column(String(12), default=ErasureState.ASKED)
    ended_at: Mapped[datetime | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)


class Name(StrEnum):
    """By what a person could be recognised again."""

    PHONE = "phone"
    OPENID = "openid"
    UNIONID = "unionid"
    NUMBER = "number"  # of the member in the till or another system


class Tombstone(BrandRow):
    """A keyed hash of a name of somebody who was erased. It cannot be read, only met again.

    Rows older than `erased_at` with this name are hers and must go; a file that brings it is
    refused, until `lifted_at`, when she joined anew herself.
    """

    __tablename__ = "tombstones"

    name: Mapped[Name] = mapped_column(String(8), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    erased_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
