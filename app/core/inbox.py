"""The inbox: a callback is a committed row before it is acknowledged.

One row per distinct message, whoever resends it how often. The body is stored encrypted and
carries no brand fence: it is read by the system role before the brand acts on it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Identity, Index, String, Text, UniqueConstraint, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, queue
from app.core.crypto import keyring
from app.core.db import Model, session

MAX_ATTEMPTS = 8
CONTEXT = "inbox.raw"


class InboxState(StrEnum):
    NEW = "new"
    DONE = "done"
    DEAD = "dead"


class InboxMessage(Model):
    """What came in, once, and whether it was understood."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("account_id", "dedupe_key"),
        Index("ix_inbox_due", "due_at", postgresql_where="state = 'new'"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    brand_id: Mapped[int]
    account_id: Mapped[int]
    dedupe_key: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    raw_encrypted: Mapped[str] = mapped_column(Text)
    state: Mapped[InboxState] = mapped_column(String(8), default=InboxState.NEW)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(Text)


def put(*, brand_id: int, account_id: int, dedupe_key: str, raw: str) -> bool:
    """Keep the message; False when this very message is here already (a resend)."""
    at = clock.now()
    values = {
        "brand_id": brand_id,
        "account_id": account_id,
        "dedupe_key": dedupe_key,
        "received_at": at,
        "due_at": at,
        "raw_encrypted": keyring().seal(raw, context=CONTEXT),
    }
    statement = insert(InboxMessage).values(values).on_conflict_do_nothing()
    is_new = session.scalar(statement.returning(InboxMessage.id)) is not None
    if is_new:
        queue.ring(queue.NOW)
    return is_new


def claim(limit: int = 500) -> list[InboxMessage]:
    """The oldest messages that are due, locked for this transaction; oldest first."""
    due = (InboxMessage.state == InboxState.NEW) & (InboxMessage.due_at <= clock.now())
    statement = select(InboxMessage).where(due).order_by(InboxMessage.id).limit(limit)
    return list(session.scalars(statement.with_for_update(skip_locked=True)))


def read(message: InboxMessage) -> str:
    """The decrypted body."""
    return keyring().open(message.raw_encrypted, context=CONTEXT)


def done(message: InboxMessage) -> None:
    """It was understood and its events are in this same transaction."""
    message.state = InboxState.DONE


def failed(message_id: int, error: str) -> None:
    """Try again later, each time later still; after eight times it is for a person to see."""
    message = session.get_one(InboxMessage, message_id)
    message.attempts += 1
    message.last_error = error
    message.due_at = clock.now() + timedelta(seconds=2**message.attempts)
    if message.attempts >= MAX_ATTEMPTS:
        message.state = InboxState.DEAD


def purge(older_than: timedelta) -> int:
    """Forget understood messages; the key must outlive WeChat's last resend (25 h)."""
    old = InboxMessage.received_at < clock.now() - older_than
    statement = (
        update(InboxMessage)
        .where(old, InboxMessage.state == InboxState.DONE, InboxMessage.raw_encrypted != "")
        .values(raw_encrypted="")
    )
    return len(session.execute(statement.returning(InboxMessage.id)).all())
