"""What WeChat tells Huike: the plaintext of each callback."""

import uuid
from dataclasses import dataclass
from typing import Any

from sandbox import markup
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


def fan_event(account: Account, openid: str, at_ms: int, name: str, extra: dict[str, Any]) -> str:
    """subscribe, unsubscribe, SCAN or CLICK."""
    return markup.render({**header(account, openid, at_ms, "event"), "Event": name, **extra})


def text_message(account: Account, openid: str, at_ms: int, text: str, msg_id: int) -> str:
    """A line that she typed."""
    fields = header(account, openid, at_ms, "text")
    return markup.render({**fields, "Content": text, "MsgId": msg_id})


@dataclass(frozen=True)
class Receipt:
    """The counts of a finished mass send: filtered = sent + failed."""

    msg_id: int
    total: int
    filtered: int
    sent: int
    failed: int


def mass_receipt(account: Account, at_ms: int, receipt: Receipt) -> str:
    """MASSSENDJOBFINISH, which names counts and no fan."""
    return markup.render(
        {
            **header(account, HELPER, at_ms, "event"),
            "Event": "MASSSENDJOBFINISH",
            "MsgID": receipt.msg_id,
            "Status": "send success",
            "TotalCount": receipt.total,
            "FilterCount": receipt.filtered,
            "SentCount": receipt.sent,
            "ErrorCount": receipt.failed,
            "CopyrightCheckResult": {"Count": 0, "ResultList": {}, "CheckState": 1},
            "ArticleUrlResult": {"Count": 0, "ResultList": {}},
        }
    )


def record(store: Store, event: Event, scene: str = "") -> None:
    """Keep an event, so that it can be sent again as it was."""
    store.write(
        "INSERT INTO events (event_id, appid, person_id, what, scene, plaintext, at_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        event.event_id, event.appid, event.person_id, event.what, scene,
        event.plaintext or None, event.at_ms,
    )  # fmt: skip
