"""What WeChat tells Huike: the plaintext of each callback."""

import sqlite3
import uuid
from dataclasses import dataclass
from typing import Any

from sandbox import envelope
from sandbox.accounts import Account
from sandbox.store import Store

HELPER = "oMASSHELPER00000000000000000"  # a mass send's receipt comes from no fan


@dataclass(frozen=True)
class Event:
    """Something that happened; every delivery of it carries the same plaintext."""

    event_id: str
    appid: str
    person_id: str | None
    openid: str
    what: str
    plaintext: str
    at_ms: int


def new_event_id() -> str:
    """A name for an event in the log; WeChat itself has none."""
    return "e" + uuid.uuid4().hex[:16]


def header(account: Account, openid: str, at_ms: int, msgtype: str) -> dict[str, Any]:
    """The elements every message and event begins with."""
    return {
        "ToUserName": account.original_id,
        "FromUserName": openid,
        "CreateTime": at_ms // 1000,
        "MsgType": msgtype,
    }


@dataclass(frozen=True)
class Receipt:
    """The counts of a finished mass send: filtered = sent + failed."""

    msg_id: int
    total: int
    filtered: int
    sent: int
    failed: int
    status: str = "send success"


def mass_receipt(account: Account, at_ms: int, receipt: Receipt) -> str:
    """MASSSENDJOBFINISH, which names counts and no fan."""
    return envelope.write(
        account,
        {
            **header(account, HELPER, at_ms, "event"),
            "Event": "MASSSENDJOBFINISH",
            "MsgID": receipt.msg_id,
            "Status": receipt.status,
            "TotalCount": receipt.total,
            "FilterCount": receipt.filtered,
            "SentCount": receipt.sent,
            "ErrorCount": receipt.failed,
            "CopyrightCheckResult": {"Count": 0, "ResultList": {}, "CheckState": 1},
            "ArticleUrlResult": {"Count": 0, "ResultList": {}},
        },
    )


def record(store: Store, event: Event, scene: str = "") -> None:
    """Keep an event, so that it can be sent again as it was."""
    with store.writing() as connection:
        insert(connection, event, scene)


def insert(connection: sqlite3.Connection, event: Event, scene: str = "") -> None:
    """The same, in the caller's transaction."""
    connection.execute(
        "INSERT INTO events (event_id, appid, person_id, openid, what, scene, plaintext, at_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            event.event_id, event.appid, event.person_id, event.openid, event.what, scene,
            event.plaintext or None, event.at_ms,
        ),
    )  # fmt: skip
