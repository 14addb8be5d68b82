"""Which files were imported, and the lines of them that could not be."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow


class ImportState(StrEnum):
    RUNNING = "running"
    DONE = "done"


class ImportRun(NumberedBrandRow):
    """One file under one mapping. The same file again is skipped unless asked for."""

    __tablename__ = "import_runs"
    __table_args__ = (Index(None, "brand_id", "source", "digest", "mapping_version"),)

    source: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    mapping_version: Mapped[int]
    state: Mapped[ImportState] = mapped_column(String(8), default=ImportState.RUNNING)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
