"""/cgi-bin/message/custom/send: a few messages after an act of the fan."""

import sqlite3
from typing import Any

from sandbox.accounts import SERVICE, Account
from sandbox.api.blueprint import bp, note_call
from sandbox.api.calls import body, caller, fan_of
from sandbox.api.errors import WeChatRefusal
from sandbox.api.media import check_media
from sandbox.box import Box, the_box
from sandbox.messages import CUSTOM, Message, deliver
from sandbox.people import Fan
from sandbox.rules import WINDOWS, Opened, open_windows

KINDS = (
    "text", "image", "voice", "video", "music", "news", "mpnews", "mpnewsarticle",
    "msgmenu", "wxcard", "miniprogrampage",
)  # fmt: skip
MEDIA_KINDS = ("image", "voice")
TEXT_BYTES = 2048


@bp.post("/cgi-bin/message/custom/send")
def send_custom() -> dict[str, Any]:
    """Deliver one message, if a window is open and not used up."""
    account = caller()
    asked = body()
    fan = fan_of(account, asked.get("touser"))
    _may_receive(account, fan)
    msgtype, content = payload(asked)
    box = the_box()
    if msgtype in MEDIA_KINDS:
        check_media(account, content.get("media_id"))
    message = Message(account.appid, CUSTOM, msgtype, content, box.clock.now_ms())
    window = _deliver(box, fan, message)
    note_call(detail=f"{window.trigger} {window.used + 1}/{WINDOWS[window.trigger].limit}")
    return {"errcode": 0, "errmsg": "ok"}


def _may_receive(account: Account, fan: Fan) -> None:
    if fan.blacklisted:
        raise WeChatRefusal(43019)
    if fan.refuses:
        raise WeChatRefusal(48002)
    if account.kind == SERVICE and not fan.follows:
        raise WeChatRefusal(45015)


def payload(asked: dict[str, Any]) -> tuple[str, Any]:
    """The message's kind and content, refused where WeChat would."""
    msgtype = asked.get("msgtype")
    if msgtype not in KINDS:
        raise WeChatRefusal(40008)
    content = asked.get(msgtype)
    if not isinstance(content, dict) or not content:
        raise WeChatRefusal(47001)
    if msgtype == "text":
        _check_text(content.get("content"))
    return msgtype, content


def _check_text(text: Any) -> None:
    if not isinstance(text, str) or not text:
        raise WeChatRefusal(44004)
    if len(text.encode()) > TEXT_BYTES:
        raise WeChatRefusal(45002)


def _deliver(box: Box, fan: Fan, message: Message) -> Opened:
    with box.store.writing() as connection:
        window = _spend_window(connection, fan, message.at_ms)
        deliver(connection, message, [fan.openid])
    return window


def _spend_window(connection: sqlite3.Connection, fan: Fan, now_ms: int) -> Opened:
    statement = "SELECT trigger, opened_ms, used FROM windows WHERE openid = ?"
    rows = connection.execute(statement, (fan.openid,)).fetchall()
    opened = open_windows((Opened(**dict(row)) for row in rows), now_ms)
    if not opened:
        raise WeChatRefusal(45015)
    chosen = next((window for window in opened if window.left > 0), None)
    if chosen is None:
        raise WeChatRefusal(45047)
    spent = "UPDATE windows SET used = used + 1 WHERE openid = ? AND trigger = ?"
    connection.execute(spent, (fan.openid, chosen.trigger))
    return chosen
