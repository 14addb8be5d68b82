"""Subscription messages (订阅消息): one acceptance is one message; nobody tells the balance."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from sandbox import envelope, events
from sandbox.accounts import JSON, SERVICE, Account
from sandbox.api.errors import WeChatRefusal
from sandbox.sending import orders, templates
from sandbox.sending.orders import Taken

ACCEPT, REJECT = "accept", "reject"
POPUP, CHANGE, SENT = (
    "subscribe_msg_popup_event",
    "subscribe_msg_change_event",
    "subscribe_msg_sent_event",
)
CONTAINERS = {
    POPUP: "SubscribeMsgPopupEvent",
    CHANGE: "SubscribeMsgChangeEvent",
    SENT: "SubscribeMsgSentEvent",
}
GRANT = """
INSERT INTO subscriptions (openid, template_id, scene, balance) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET balance = balance + excluded.balance"""
SPEND = """
UPDATE subscriptions SET balance = balance - 1
WHERE openid = ? AND template_id = ? AND scene = ? AND balance > 0"""
FORGET = "DELETE FROM subscriptions WHERE openid = ? AND template_id = ?"


def event(
    account: Account, name: str, openid: str, person_id: str, rows: list[dict[str, str]],
    now_ms: int,
) -> events.Event:  # fmt: skip
    """One of the three events. In XML a container holds the list; in JSON it is at the top."""
    listed: Mapping[str, Any] = {"List": rows}
    fields = {
        **events.header(account, openid, now_ms, "event"),
        "Event": name,
        **(listed if account.format == JSON else {CONTAINERS[name]: listed}),
    }
    plaintext = envelope.write(account, fields)
    return events.Event(
        events.new_event_id(), account.appid, person_id, openid, name, plaintext, now_ms
    )


def popup_rows(account: Account, choices: Mapping[str, str], scene: str) -> list[dict[str, str]]:
    """The lines of a pop-up: a service account's opens on a web page (1), a mini-program's inside
    a page (0)."""
    where = scene or ("1" if account.kind == SERVICE else "0")
    return [
        {"TemplateId": template_id, "SubscribeStatusString": choice, "PopupScene": where}
        for template_id, choice in choices.items()
    ]


def grant(connection: sqlite3.Connection, openid: str, template_id: str, scene: str = "") -> None:
    """One message more may be sent."""
    connection.execute(GRANT, (openid, template_id, scene, 1))


def take_back(connection: sqlite3.Connection, openid: str, template_id: str) -> None:
    """She switched the template off: what she had accepted is gone."""
    connection.execute(FORGET, (openid, template_id))


def take(
    connection: sqlite3.Connection, account: Account, asked: dict[str, Any], now_ms: int
) -> Taken:
    """Spend one acceptance: message/subscribe/bizsend and message/subscribe/send."""
    template = templates.find(connection, account.appid, asked.get("template_id"))
    _check_kind(template, templates.SUBSCRIBE)
    to = orders.receiver(connection, account.appid, asked.get("touser"))
    templates.check_data(template, asked.get("data"))
    _check_page(account, asked.get("page"))
    _spend(connection, to.openid, template.template_id, "")
    msg_id = orders.number(connection, to.openid, None, now_ms)
    orders.show(connection, account, to, orders.VIA_SUBSCRIBE, asked, msg_id, now_ms)
    sent = {"TemplateId": template.template_id, "MsgID": str(msg_id)}
    sent |= {"ErrorCode": "0", "ErrorStatus": "success"}
    told = event(account, SENT, to.openid, to.person_id, [sent], now_ms)
    return Taken(msg_id, to.person_id, False, told if account.callback_url else None)


def take_once(
    connection: sqlite3.Connection, account: Account, asked: dict[str, Any], now_ms: int
) -> Taken:
    """Spend a one-time subscription of a scene (template/subscribe); she need not follow."""
    template = templates.find(connection, account.appid, asked.get("template_id"))
    _check_kind(template, templates.ONCE)
    to = orders.receiver(connection, account.appid, asked.get("touser"))
    if not isinstance(asked.get("title"), str) or not 1 <= len(asked["title"]) <= 15:
        raise WeChatRefusal(47003, "title")
    templates.check_data(template, asked.get("data"))
    _spend(connection, to.openid, template.template_id, str(asked.get("scene", "")))
    msg_id = orders.number(connection, to.openid, None, now_ms)
    orders.show(connection, account, to, orders.VIA_SUBSCRIBE, asked, msg_id, now_ms)
    return Taken(msg_id, to.person_id, False, None)


def _check_kind(template: templates.Template, wanted: str) -> None:
    if template.kind == wanted:
        return
    # The wrong one of the two subscription calls finds no acceptance; any other kind no template.
    raise WeChatRefusal(40037 if template.kind == templates.TEMPLATE else 43101)


def _check_page(account: Account, page: Any) -> None:
    path = str(page or "").partition("?")[0]
    if path and account.pages and path not in account.pages:
        raise WeChatRefusal(41030)


def _spend(connection: sqlite3.Connection, openid: str, template_id: str, scene: str) -> None:
    if not connection.execute(SPEND, (openid, template_id, scene)).rowcount:
        raise WeChatRefusal(43101)


def balances(connection: sqlite3.Connection, openid: str) -> dict[str, int]:
    """How many messages each template may still bring her; WeChat tells this to nobody."""
    statement = "SELECT template_id, sum(balance) FROM subscriptions WHERE openid = ? GROUP BY 1"
    return {row[0]: row[1] for row in connection.execute(statement, (openid,))}
