"""What is remembered of an account's dealings with WeChat, for all processes alike."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, NumberedBrandRow


class Lent(Model):
    """Something that WeChat lends an account for two hours, and who may fetch the next one."""

    __abstract__ = True

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"), primary_key=True)
    token_encrypted: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    refresh_after: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(32))


class AccessToken(Lent):
    """The account's present token. `foreign_refresh_at`: when one of ours was last seen dead
    before its time although nobody here had replaced it, so another environment did."""

    __tablename__ = "access_tokens"

    foreign_refresh_at: Mapped[datetime | None]
    foreign_refresh_count: Mapped[int] = mapped_column(default=0, server_default="0")


class JsTicket(Lent):
    """The account's present ticket for signing pages that use WeChat's JS-SDK."""

    __tablename__ = "js_tickets"


class WecomCorp(Model):
    """A brand's corp at WeCom, and the app of it in which guides open the page."""

    __tablename__ = "wecom_corps"

    brand_id: Mapped[int] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    corp_id: Mapped[str] = mapped_column(String(32), unique=True)
    agent_id: Mapped[str] = mapped_column(String(16))
    secret_encrypted: Mapped[str] = mapped_column(Text)
    token_encrypted: Mapped[str | None] = mapped_column(Text)
    token_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ContactState(StrEnum):
    """How the welcome of a WeCom customer went."""

    DUE = "due"
    CALLING = "calling"
    SENT = "sent"
    GREETED = "greeted"  # 41051: the chat had begun, or somebody else's welcome was there
    REFUSED = "refused"
    UNKNOWN = "unknown"  # WeCom may have sent it or not; it is not sent again
    LATE = "late"  # her twenty seconds were over before it could be sent
    OFF = "off"  # the brand wants none


class ContactWelcome(NumberedBrandRow):
    """The welcome that one WeCom event allows: the unique key is why it goes out once.

    The code that it costs is not here: it stays in the inbox's sealed message and is read from
    there for the one call.
    """

    __tablename__ = "contact_welcomes"
    __table_args__ = (
        UniqueConstraint("brand_id", "message_id"),
        Index(None, "brand_id", "told_at"),
        Index("ix_contact_welcomes_due", "due_at", postgresql_where="state = 'due'"),
        Index("ix_contact_welcomes_calling", "told_at", postgresql_where="state = 'calling'"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("inbox.id"))
    told_at: Mapped[datetime]  # WeCom's time of the event, whole seconds: the clock of the 20
    due_at: Mapped[datetime]
    state: Mapped[ContactState] = mapped_column(String(8), default=ContactState.DUE)
    errcode: Mapped[int | None]
    ended_at: Mapped[datetime | None]


class ApiHealth(Model):
    """How one API of an account fares; `api` is '*' for all of them. No row: all is well.

    `silences` in a row open the breaker until `open_until`; the one who holds `probe_until`
    tries first. WeChat's own "not now" pauses it until `paused_until`.
    """

    __tablename__ = "api_health"

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"), primary_key=True)
    api: Mapped[str] = mapped_column(String(64), primary_key=True)
    silences: Mapped[int] = mapped_column(default=0, server_default="0")
    last_silence_at: Mapped[datetime | None]
    open_until: Mapped[datetime | None]
    probe_until: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    errcode: Mapped[int | None]
    rid: Mapped[str | None] = mapped_column(String(64))
    day_limit: Mapped[int | None]  # as WeChat told it; the documented default else


class Trigger(StrEnum):
    """What a passive reply can answer: WeChat takes none to other events."""

    FOLLOWED = "followed"
    SCANNED = "scanned"
    MENU = "menu"
    TEXT = "text"
    MESSAGE = "message"  # anything but a text: its kind is the words


class ReplyKind(StrEnum):
    TEXT = "text"
    IMAGE = "image"
    NEWS = "news"
    SERVICE = "service"


class ReplyRule(NumberedBrandRow):
    """When this happens to the account, that is answered at once; no words: whatever is said."""

    __tablename__ = "reply_rules"
    __table_args__ = (Index("ix_reply_rules_account", "account_id", postgresql_where="is_on"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"))
    trigger: Mapped[Trigger] = mapped_column(String(16))
    words: Mapped[str | None] = mapped_column(String(64))
    kind: Mapped[ReplyKind] = mapped_column(String(8))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    position: Mapped[int] = mapped_column(default=0)
    is_on: Mapped[bool] = mapped_column(default=True)


class NoticeState(StrEnum):
    DUE = "due"
    CALLING = "calling"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # WeChat may have sent it or not; it is not sent again
    DELIVERED = "delivered"
    FAILED = "failed"  # WeChat took it and could not deliver it


class Notice(NumberedBrandRow):
    """A service notice to one fan by template: a delivery of its own, at most once.

    `subject` is what it is about, in the words of whoever writes it; the same subject twice is
    one notice. Its content is sealed, since it may name people and what they bought.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index(None, "brand_id", "subject", unique=True),
        Index("ix_notices_due", "account_id", "due_at", postgresql_where="state = 'due'"),
        Index("ix_notices_calling", "lease_until", postgresql_where="state = 'calling'"),
        Index("ix_notices_message", "brand_id", "account_id", "message_id"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("wechat_accounts.id"))
    openid_encrypted: Mapped[str] = mapped_column(Text)
    openid_index: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64))
    template_id: Mapped[str] = mapped_column(String(64))
    content_encrypted: Mapped[str] = mapped_column(Text)
    state: Mapped[NoticeState] = mapped_column(String(16), default=NoticeState.DUE)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    first_try_at: Mapped[datetime | None]
    is_in_doubt: Mapped[bool] = mapped_column(default=False, server_default="false")
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(32))
    message_id: Mapped[int | None]
    errcode: Mapped[int | None]
    finished_at: Mapped[datetime | None]
