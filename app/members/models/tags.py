"""Words about people, and who carries them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class Tag(NumberedBrandRow):
    """A word about people, in a group: 来源, 门店, 购买, 资料."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("brand_id", "group", "name"),)

    group: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(32))


class FanTag(BrandRow):
    """A tag on a fan, with where it came from."""

    __tablename__ = "fan_tags"
    __table_args__ = (
        belongs_to("fans", "fan_id"),
        belongs_to("tags", "tag_id"),
        Index(None, "brand_id", "tag_id"),
    )

    fan_id: Mapped[int] = mapped_column(primary_key=True)
    tag_id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(16))
    tagged_at: Mapped[datetime]


class MemberTag(BrandRow):
    """A tag on a member, with where it came from."""

    __tablename__ = "member_tags"
    __table_args__ = (
        belongs_to("members", "member_id"),
        belongs_to("tags", "tag_id"),
        belongs_to("staff", "tagged_by_id"),
        Index(None, "brand_id", "tag_id"),
    )

    member_id: Mapped[int] = mapped_column(primary_key=True)
    tag_id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(16))
    tagged_at: Mapped[datetime]
    tagged_by_id: Mapped[int | None]
