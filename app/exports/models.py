"""What somebody asked to take away, and the sealed pieces of the file."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class Kind(StrEnum):
    MEMBERS = "members"
    FANS = "fans"
    STORES = "stores"
    DELIVERIES = "deliveries"
    AUDIT = "audit"


class Form(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


class Why(StrEnum):
    """Why somebody needs the file; one of four."""

    RECONCILE = "reconcile"
    ANALYSE = "analyse"
    STORE_WORK = "store_work"
    AUTHORITY = "authority"


class ExportState(StrEnum):
    DUE = "due"
    READY = "ready"
    REFUSED = "refused"  # who asked may no longer have it
    FAILED = "failed"
    GONE = "gone"  # its hour is over; the row stays, the file does not


class Export(NumberedBrandRow):
    """One file. It belongs to the session that asked for it."""

    __tablename__ = "exports"
    __table_args__ = (
        belongs_to("staff", "staff_id"),
        CheckConstraint("written >= 0 AND expected >= 0", name="counts"),
        Index("ix_exports_due", "brand_id", postgresql_where="state = 'due'"),
        Index(None, "brand_id", "staff_id", "asked_at"),
    )

    kind: Mapped[Kind] = mapped_column(String(16))
    form: Mapped[Form] = mapped_column(String(4))
    why: Mapped[Why] = mapped_column(String(16))
    filters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    staff_id: Mapped[int]
    session_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[ExportState] = mapped_column(String(8))
    expected: Mapped[int]
    written: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]


class ExportPiece(BrandRow):
    """A part of the file, sealed; in SQL, so that any web server can hand it out."""

    __tablename__ = "export_pieces"
    __table_args__ = (belongs_to("exports", "export_id"),)

    export_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    piece_encrypted: Mapped[str] = mapped_column(Text)
