"""Tries at proving that one is somebody: counted, so that guessing ends before it succeeds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow


class BindingTry(NumberedBrandRow):
    """One try, under the keyed hash of who tried or of what was tried."""

    __tablename__ = "binding_tries"
    __table_args__ = (Index(None, "brand_id", "key_index", "at"), Index(None, "at"))

    key_index: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
