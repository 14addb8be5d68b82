"""By what a member is found, and how often people looked at whole numbers."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, belongs_to


class MemberToken(BrandRow):
    """A keyed hash of something a member is searched by: equality finds it, nobody can read it."""

    __tablename__ = "member_tokens"
    __table_args__ = (belongs_to("members", "member_id"), Index(None, "brand_id", "member_id"))

    token: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(primary_key=True)


class RevealCount(BrandRow):
    """How many phone numbers a person has looked at on a day."""

    __tablename__ = "reveal_counts"
    __table_args__ = (belongs_to("staff", "staff_id"),)

    staff_id: Mapped[int] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]
