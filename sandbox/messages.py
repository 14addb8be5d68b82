"""What fans receive: the rows that prove what was sent, and how often."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.rules import content_digest

CUSTOM, MASS, REPLY, PREVIEW = "custom", "mass", "reply", "preview"


@dataclass(frozen=True)
class Message:
    """One message as it shows in a chat."""

    appid: str
    via: str
    msgtype: str
    content: Any
    at_ms: int
    msg_id: int | None = None


def deliver(connection: sqlite3.Connection, message: Message, openids: Iterable[str]) -> None:
    """Put a message into the chats of these fans, in the caller's transaction."""
    digest = content_digest(message.msgtype, message.content)
    content = json.dumps(message.content, ensure_ascii=False)
    connection.executemany(
        "INSERT INTO messages (appid, openid, via, msgtype, content, digest, msg_id, at_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (message.appid, openid, message.via, message.msgtype, content, digest,
             message.msg_id, message.at_ms)
            for openid in openids
        ],
    )  # fmt: skip
