"""What a member shares, and who came by it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, belongs_to


class MemberShare(BrandRow):
    """The token in the links that a member shares: random, and says nothing of her."""

    __tablename__ = "member_shares"
    __table_args__ = (
        belongs_to("members", "member_id"),
        UniqueConstraint("brand_id", "token"),
    )

    member_id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[datetime]


class ShareFriend(BrandRow):
    """That somebody without a card came by a member's share, the first that she opened."""

    __tablename__ = "share_friends"
    __table_args__ = (
        belongs_to("fans", "fan_id"),
        belongs_to("members", "member_id"),
        Index(None, "brand_id", "member_id"),
    )

    fan_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int]  # who shared
    opened_at: Mapped[datetime]
