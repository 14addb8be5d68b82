"""People who log in: brand staff at headquarters, store managers, guides."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, Model, NumberedBrandRow, belongs_to


class Role(StrEnum):
    ADMIN = "admin"
    MARKETER = "marketer"
    REGION_MANAGER = "region_manager"
    STORE_MANAGER = "store_manager"
    GUIDE = "guide"


ALL_STORES = (Role.ADMIN, Role.MARKETER)
IDLE = timedelta(hours=12)  # a session nobody used this long is over
ABSOLUTE = timedelta(hours=16)  # and any session after this


class Staff(NumberedBrandRow):
    """One login. `permission_version` moves when role or stores change: old sessions reload."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("brand_id", "login"),)

    login: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(32))
    role: Mapped[Role] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(128))
    is_active: Mapped[bool] = mapped_column(default=True)
    permission_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class StaffStore(BrandRow):
    """A store that a guide or a manager works in."""

    __tablename__ = "staff_stores"
    __table_args__ = (
        belongs_to("staff", "staff_id"),
        belongs_to("stores", "store_id"),
        Index(None, "brand_id", "store_id"),
    )

    staff_id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(primary_key=True)


class StaffRegion(BrandRow):
    """A region that a region manager looks after, with every store that stands in it."""

    __tablename__ = "staff_regions"
    __table_args__ = (belongs_to("staff", "staff_id"), belongs_to("regions", "region_id"))

    staff_id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(primary_key=True)


class Face(StrEnum):
    """Which face a session opened; the two carry cookies of their own."""

    CONSOLE = "console"
    GUIDE = "guide"


class StaffSession(Model):
    """A signed-in browser. Only the token's hash is stored; looked up before the brand is known."""

    __tablename__ = "staff_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    brand_id: Mapped[int] = mapped_column(ForeignKey("brands.id"))
    staff_id: Mapped[int]
    face: Mapped[Face] = mapped_column(String(8))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LoginAttempt(Model):
    """Failures by account and by address, so that guessing is slowed and others are not."""

    __tablename__ = "login_attempts"

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime]
