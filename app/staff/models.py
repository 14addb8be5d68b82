"""People who log in: brand staff at headquarters, store managers, guides."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, Model, NumberedBrandRow, belongs_to


class Role(StrEnum):
    ADMIN = "admin"
    MARKETER = "marketer"
    REGION_MANAGER = "region_manager"
    STORE_MANAGER = "store_manager"
    GUIDE = "guide"


ALL_STORES = (Role.ADMIN, Role.MARKETER)
LONGEST_AGENT = 160


class Staff(NumberedBrandRow):
    """One login. `permission_version` moves when role or stores change: old sessions reload."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("brand_id", "login"),)

    login: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(32))
    role: Mapped[Role] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(128))
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_active: Mapped[bool] = mapped_column(default=True)
    totp_secret_encrypted: Mapped[str | None] = mapped_column(Text)
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
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


# A session nobody used for so long is over, and any session after the second time. A guide's
# phone stays in her hand for a whole shift; a desk at headquarters stands open to whoever passes.
IDLE = {Face.CONSOLE: timedelta(minutes=30), Face.GUIDE: timedelta(hours=12)}
ABSOLUTE = {Face.CONSOLE: timedelta(hours=12), Face.GUIDE: timedelta(hours=16)}


class StaffSession(Model):
    """A signed-in browser. Only the token's hash is stored; looked up before the brand is known."""

    __tablename__ = "staff_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    brand_id: Mapped[int] = mapped_column(ForeignKey("brands.id"))
    staff_id: Mapped[int]
    face: Mapped[Face] = mapped_column(String(8))
    agent: Mapped[str | None] = mapped_column(
        String(LONGEST_AGENT)
    )  # what the browser calls itself
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Way(StrEnum):
    """By whose word, instead of a password, somebody signs in."""

    WECHAT = "wechat"
    WECOM = "wecom"


class StaffBinding(BrandRow):
    """Her name at WeChat or WeCom. To sign in it is only ever compared: a keyed hash. Her userid at
    WeCom lies sealed beside it where the brand makes 联系我, which name her by it."""

    __tablename__ = "staff_bindings"
    __table_args__ = (
        belongs_to("staff", "staff_id"),
        UniqueConstraint("brand_id", "way", "name_index"),
    )

    staff_id: Mapped[int] = mapped_column(primary_key=True)
    way: Mapped[Way] = mapped_column(String(8), primary_key=True)
    name_index: Mapped[str] = mapped_column(String(64))
    name_encrypted: Mapped[str | None] = mapped_column(Text)
    bound_at: Mapped[datetime]


class SignInRound(Model):
    """Somebody was sent to WeChat and is to come back, in the same browser, once.

    `staff_id`: who binds her name there; None where somebody signs in. Found before the brand is.
    """

    __tablename__ = "sign_in_rounds"
    __table_args__ = (belongs_to("staff", "staff_id"),)

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    brand_id: Mapped[int] = mapped_column(ForeignKey("brands.id"))
    way: Mapped[Way] = mapped_column(String(8))
    staff_id: Mapped[int | None]
    expires_at: Mapped[datetime]


class RecoveryCode(BrandRow):
    """Instead of a code of her phone, once. Only its hash is stored."""

    __tablename__ = "staff_recovery_codes"
    __table_args__ = (belongs_to("staff", "staff_id"),)

    staff_id: Mapped[int] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime | None]


class StaffDevice(BrandRow):
    """A browser that she has signed in with before."""

    __tablename__ = "staff_devices"
    __table_args__ = (belongs_to("staff", "staff_id"),)

    staff_id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime]


class LoginAttempt(Model):
    """Failures by account and by address, so that guessing is slowed and others are not."""

    __tablename__ = "login_attempts"

    key: Mapped[str] = mapped_column(String(96), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime]
