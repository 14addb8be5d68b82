"""The inbox: a callback is a committed row before it is acknowledged.

One row per distinct message, whoever resends it how often. The body is stored encrypted and
carries no brand fence: it is read by the system role before the brand acts on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, LiteralString

from sqlalchemy import (
    ColumnElement,
    Identity,
    Index,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, db
from app.core.crypto import keyring
from app.core.db import Model, session
from app.core.wire import Wire

MAX_ATTEMPTS = 8
FRESH = timedelta(minutes=1)
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
        Index(
            "ix_inbox_dead",
            "brand_id",
            postgresql_where="state = 'dead' OR replayed_at IS NOT NULL",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    brand_id: Mapped[int]
    account_id: Mapped[int]
    dedupe_key: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
    raw_encrypted: Mapped[str] = mapped_column(Text)
    reply_encrypted: Mapped[str | None] = mapped_column(Text)
    state: Mapped[InboxState] = mapped_column(String(8), default=InboxState.NEW)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(Text)
    replayed_at: Mapped[datetime | None]  # a person had it tried again


@dataclass(frozen=True)
class Letter:
    """A message to be kept; `reply` is the passive reply that its first answer carries."""

    brand_id: int
    account_id: int
    dedupe_key: str
    raw: str = field(repr=False)
    reply: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Kept:
    """A committed message; a resend has the reply of the first time, whatever rules say now."""

    is_new: bool
    reply: str | None = field(repr=False)


# One statement for any number of rows; the order keeps two processes from a deadlock. A column
# travels as one text, a line a row: what is sealed has no line breaks, and the driver's own
# arrays cost more than everything else here together.
_PUT: LiteralString = r"""
INSERT INTO inbox
    (brand_id, account_id, dedupe_key, received_at, due_at, raw_encrypted, reply_encrypted,
     state, attempts)
SELECT brand_id, account_id, dedupe_key, %(at)s, %(at)s, raw, reply, 'new', 0
FROM unnest(string_to_array(%(brand_ids)s, E'\n')::bigint[],
            string_to_array(%(account_ids)s, E'\n')::bigint[],
            string_to_array(%(keys)s, E'\n'), string_to_array(%(raws)s, E'\n'),
            string_to_array(%(replies)s, E'\n', ''))
    AS given (brand_id, account_id, dedupe_key, raw, reply)
ORDER BY account_id, dedupe_key
ON CONFLICT (account_id, dedupe_key) DO NOTHING
RETURNING account_id, dedupe_key
"""


def put(letters: Sequence[Letter]) -> list[Kept]:
    """Keep the messages, each once; whose key is there already is a resend. One statement
    writes and commits them. Raises psycopg.Error."""
    fresh = set(db.system_statement(_PUT, {"at": clock.now()} | _columns(letters)))
    resent = _resent(letters, fresh)
    return _kept(letters, fresh, _replies(resent) if resent else {})


def wire(conninfo: str) -> Wire:
    """The same statement for an event loop."""
    names = ("at", "brand_ids", "account_ids", "keys", "raws", "replies")
    numbered = {name: f"${number}::text" for number, name in enumerate(names, start=1)}
    return Wire(conninfo, _PUT % (numbered | {"at": "$1::timestamptz"}))


async def put_by(wire: Wire, letters: Sequence[Letter]) -> list[Kept]:
    """As `put`, in the loop. Raises psycopg.Error, TimeoutError."""
    values = [clock.now().isoformat(), *_columns(letters).values()]
    rows = await wire.ask([value.encode() for value in values])
    fresh = {(int(account_id), key) for account_id, key in rows}
    resent = _resent(letters, fresh)
    return _kept(letters, fresh, await asyncio.to_thread(_replies, resent) if resent else {})


def _resent(letters: Sequence[Letter], fresh: set[tuple[int, str]]) -> list[Letter]:
    return [letter for letter in letters if _key(letter) not in fresh]


def _kept(
    letters: Sequence[Letter],
    fresh: set[tuple[int, str]],
    old: Mapping[tuple[int, str], str | None],
) -> list[Kept]:
    return [
        Kept(True, letter.reply)
        if _first(fresh, _key(letter))
        else Kept(False, old.get(_key(letter), letter.reply))
        for letter in letters
    ]


def _columns(letters: Sequence[Letter]) -> dict[str, str]:
    seal = keyring().seal
    columns = {
        "brand_ids": [str(letter.brand_id) for letter in letters],
        "account_ids": [str(letter.account_id) for letter in letters],
        "keys": [letter.dedupe_key for letter in letters],
        "raws": [seal(letter.raw, context=CONTEXT) for letter in letters],
        "replies": [
            seal(letter.reply, context=CONTEXT) if letter.reply else "" for letter in letters
        ],
    }
    return {name: "\n".join(column) for name, column in columns.items()}


def _key(letter: Letter) -> tuple[int, str]:
    return letter.account_id, letter.dedupe_key


def _first(fresh: set[tuple[int, str]], key: tuple[int, str]) -> bool:
    """A message and its resend may sit in one group: the row is counted for one of them."""
    is_first = key in fresh
    fresh.discard(key)
    return is_first


def _replies(letters: Sequence[Letter]) -> dict[tuple[int, str], str | None]:
    place = tuple_(InboxMessage.account_id, InboxMessage.dedupe_key)
    statement = select(
        InboxMessage.account_id, InboxMessage.dedupe_key, InboxMessage.reply_encrypted
    ).where(place.in_([_key(letter) for letter in letters]))
    with db.system_transaction():
        found = session.execute(statement).all()
    return {(row.account_id, row.dedupe_key): reply_of(row) for row in found}


def reply_of(row: Any) -> str | None:
    """The decrypted passive reply that the message was answered with, if it was."""
    sealed: str | None = row.reply_encrypted
    return None if sealed is None else keyring().open(sealed, context=CONTEXT)


def last_at(account_id: int) -> datetime | None:
    """When a message of this account was taken in last."""
    theirs = InboxMessage.account_id == account_id
    return session.scalar(select(func.max(InboxMessage.received_at)).where(theirs))


def claim(limit: int = 500) -> list[InboxMessage]:
    """The oldest messages that are due, locked for this transaction; oldest first."""
    due = (InboxMessage.state == InboxState.NEW) & (InboxMessage.due_at <= clock.now())
    return _claimed(due, limit)


def claim_fresh(account_ids: Collection[int], limit: int = 500) -> list[InboxMessage]:
    """The same of these accounts' last minute, however long the others' line is."""
    at = clock.now()
    is_fresh = InboxMessage.due_at.between(at - FRESH, at)
    theirs = InboxMessage.account_id.in_(account_ids)
    return _claimed((InboxMessage.state == InboxState.NEW) & is_fresh & theirs, limit)


def _claimed(due: ColumnElement[bool], limit: int) -> list[InboxMessage]:
    statement = select(InboxMessage).where(due).order_by(InboxMessage.id).limit(limit)
    return list(session.scalars(statement.with_for_update(skip_locked=True)))


def read(message: InboxMessage) -> str:
    """The decrypted body."""
    return keyring().open(message.raw_encrypted, context=CONTEXT)


def done(messages: Collection[InboxMessage]) -> None:
    """They were understood, and their events are in this same transaction."""
    ids = [message.id for message in messages]
    finished = update(InboxMessage).where(InboxMessage.id.in_(ids)).values(state=InboxState.DONE)
    session.execute(finished, execution_options={"synchronize_session": False})


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
