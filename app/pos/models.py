"""Keys by which machines prove themselves, and the messages that were seen."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class ApiScope(StrEnum):
    """What a key may do."""

    MEMBERS_READ = "members:read"
    MEMBERS_CONTACT = "members:contact"  # name and masked phone beside the number
    CONTACTS_WRITE = "contacts:write"
    TILL = "till"  # who stands there, what she may use, and using it
    LEADS_WRITE = "leads:write"  # what somebody looked at or left in her basket
    GOODS_WRITE = "goods:write"  # what goods cost, and how many stand in a store
    ORDERS_WRITE = "orders:write"  # sales, returns, corrections, the day's sums


class ApiKey(NumberedBrandRow):
    """A machine's key. The secret is sealed; while it is being changed the old one holds too.
    A till's key is of its store alone: other stores' rows do not exist for it."""

    __tablename__ = "api_keys"
    __table_args__ = (
        UniqueConstraint("brand_id", "public_id"),
        CheckConstraint("per_minute BETWEEN 1 AND 6000", name="per_minute"),
        belongs_to("staff", "made_by"),
        belongs_to("stores", "store_id"),
    )

    public_id: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    per_minute: Mapped[int]
    secret_encrypted: Mapped[str] = mapped_column(Text)
    previous_encrypted: Mapped[str | None] = mapped_column(Text)
    previous_until: Mapped[datetime | None]
    store_id: Mapped[int | None]
    made_by: Mapped[int]
    made_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SeenMessage(BrandRow):
    """The id of a request that a key has signed: it is taken once."""

    __tablename__ = "seen_messages"
    __table_args__ = (belongs_to("api_keys", "key_id"), Index(None, "expires_at"))

    key_id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]
