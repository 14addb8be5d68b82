"""What staff write down about a member for each other."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow, belongs_to


class Readers(StrEnum):
    """Who may read a note, of those who may see the member."""

    EVERYONE = "everyone"
    MANAGERS = "managers"  # store managers and headquarters
    AUTHOR = "author"


class Note(NumberedBrandRow):
    """A note. Its words are sealed: they are about a person, and free."""

    __tablename__ = "notes"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("staff", "author_id"),
        Index(None, "brand_id", "member_id", "at", "id"),
    )

    member_id: Mapped[int]
    author_id: Mapped[int]
    readers: Mapped[Readers] = mapped_column(String(8))
    text_encrypted: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
