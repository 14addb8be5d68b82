"""Template messages (模板消息): once per openid and client_msg_id, receipted by an event."""

import sqlite3
from typing import Any

from sandbox import envelope, events
from sandbox.accounts import Account
from sandbox.api.errors import WeChatRefusal
from sandbox.sending import orders, templates
from sandbox.sending.orders import Receiver, Taken

FINISHED = "TEMPLATESENDJOBFINISH"


def take(
    connection: sqlite3.Connection, account: Account, asked: dict[str, Any], now_ms: int
) -> Taken:
    """Check first and write last, so that a refusal leaves nothing behind."""
    template = templates.find(connection, account.appid, asked.get("template_id"))
    if template.kind != templates.TEMPLATE:
        raise WeChatRefusal(40037)
    to = orders.receiver(connection, account.appid, asked.get("touser"))
    _may_receive(to)
    templates.check_data(template, asked.get("data"))
    client_id = str(asked.get("client_msg_id") or "") or None
    known = orders.earlier(connection, to.openid, client_id, now_ms)
    if known is not None:
        return Taken(known, to.person_id, True, None)
    msg_id = orders.number(connection, to.openid, client_id, now_ms)
    orders.show(connection, account, to, orders.VIA_TEMPLATE, asked, msg_id, now_ms)
    return Taken(msg_id, to.person_id, False, _receipt(account, to, msg_id, now_ms))


def _may_receive(to: Receiver) -> None:
    if not to.follows:
        raise WeChatRefusal(43004)
    if to.blacklisted:
        raise WeChatRefusal(43019)


def _receipt(account: Account, to: Receiver, msg_id: int, now_ms: int) -> events.Event | None:
    if not account.callback_url:
        return None
    fields = {
        **events.header(account, to.openid, now_ms, "event"),
        "Event": FINISHED,
        "MsgID": msg_id,
        "Status": orders.BLOCKED if to.refuses else orders.SUCCESS,
    }
    return events.Event(
        events.new_event_id(), account.appid, to.person_id, to.openid, FINISHED,
        envelope.write(account, fields), now_ms,
    )  # fmt: skip
