"""Taking a template or subscription message: the same few steps inside one transaction."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from sandbox import events
from sandbox.accounts import Account
from sandbox.api.errors import WeChatRefusal
from sandbox.messages import Message, deliver
from sandbox.rules import MINUTE_MS

VIA_TEMPLATE, VIA_SUBSCRIBE = "template", "subscribe"
FIRST_MSG_ID = 3_400_000_000_000_000_001  # real ones do not fit into a JavaScript number either
CLIENT_ID_MS = 10 * MINUTE_MS
SHOWN = ("template_id", "data", "url", "page", "miniprogram", "title", "lang", "miniprogram_state")
SUCCESS, BLOCKED = "success", "failed:user block"
RECEIVER = (
    "SELECT person_id, follows, blacklisted, refuses FROM fans WHERE openid = ? AND appid = ?"
)


@dataclass(frozen=True)
class Receiver:
    """Whom a message is for, as the account sees her."""

    openid: str
    person_id: str
    follows: bool
    blacklisted: bool
    refuses: bool


@dataclass(frozen=True)
class Taken:
    """A message that WeChat took; a repeat was delivered before and is not again."""

    msg_id: int
    person_id: str
    is_repeat: bool
    event: events.Event | None


def receiver(connection: sqlite3.Connection, appid: str, openid: Any) -> Receiver:
    """The fan of an openid; 40003 for one that this account does not know."""
    row = connection.execute(RECEIVER, (str(openid or ""), appid)).fetchone()
    if row is None:
        raise WeChatRefusal(40003)
    return Receiver(str(openid), row[0], bool(row[1]), bool(row[2]), bool(row[3]))


def earlier(
    connection: sqlite3.Connection, openid: str, client_id: str | None, now_ms: int
) -> int | None:
    """The msg_id that the same openid and client_msg_id got within the last ten minutes."""
    if not client_id:
        return None
    statement = (
        "SELECT msg_id FROM template_sends WHERE client_id = ? AND openid = ? AND at_ms > ? "
        "ORDER BY msg_id DESC LIMIT 1"
    )
    found = connection.execute(statement, (client_id, openid, now_ms - CLIENT_ID_MS)).fetchone()
    return found[0] if found else None


def number(connection: sqlite3.Connection, openid: str, client_id: str | None, now_ms: int) -> int:
    """A new msg_id; they grow, and a reset does not make them begin again."""
    insert = "INSERT INTO template_sends (msg_id, openid, client_id, at_ms) VALUES (?, ?, ?, ?)"
    counter = "SELECT seq FROM sqlite_sequence WHERE name = 'template_sends'"
    first = connection.execute(counter).fetchone() is None
    given = FIRST_MSG_ID if first else None
    return connection.execute(insert, (given, openid, client_id, now_ms)).lastrowid or 0


def show(
    connection: sqlite3.Connection,
    account: Account,
    to: Receiver,
    via: str,
    asked: dict[str, Any],
    msg_id: int,
    now_ms: int,
) -> None:
    """Put the message into her chat, unless she switched the account's messages off."""
    if to.refuses:
        return
    content = {name: asked[name] for name in SHOWN if name in asked}
    message = Message(account.appid, via, via, content, now_ms, msg_id)
    deliver(connection, message, [to.openid])
