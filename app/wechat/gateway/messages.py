"""Messages to fans: in answer to them, in mass, by template, by subscription.

A key that WeChat knows is set wherever it takes one: the same key again sends nothing. Where
it takes none (customer-service, subscription), a doubt must never be resent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.wechat.calling import call, given
from app.wechat.endpoints import (
    DELETE_MASS,
    MASS_STATUS,
    PREVIEW_MASS,
    SEND_CUSTOM,
    SEND_MASS,
    SEND_MASS_BY_TAG,
    SEND_MINI_SUBSCRIPTION,
    SEND_SUBSCRIPTION,
    SEND_TEMPLATE,
    check_list,
)
from app.wechat.http import Answer


@dataclass(frozen=True)
class MassJob:
    """A mass send that WeChat took; `is_adopted`: it had taken it before, under the same key."""

    message_id: int
    is_adopted: bool


@dataclass(frozen=True)
class Template:
    """A message of a template's form: its fields, and the page that it opens."""

    template_id: str
    fields: Mapping[str, str] = field(repr=False)
    url: str | None = None
    mini_program: tuple[str, str] | None = None  # appid and page; wins over the url

    def body(self) -> dict[str, Any]:
        """As WeChat writes it."""
        values = {name: {"value": value} for name, value in self.fields.items()}
        body: dict[str, Any] = {"template_id": self.template_id, "data": values}
        if self.url:
            body["url"] = self.url
        if self.mini_program:
            appid, page = self.mini_program
            body["miniprogram"] = {"appid": appid, "pagepath": page}
        return body


def send_custom_text(account_id: int, openid: str, text: str) -> None:
    """A customer-service message. WeChat keeps no key for it: a doubt must not be resent."""
    send_custom(account_id, openid, "text", {"content": text})


def send_custom_card(
    account_id: int, openid: str, *, title: str, appid: str, page: str, thumb_media_id: str
) -> None:
    """A mini-program card as a customer-service message."""
    card = {"title": title, "appid": appid, "pagepath": page, "thumb_media_id": thumb_media_id}
    send_custom(account_id, openid, "miniprogrampage", card)


def send_custom(account_id: int, openid: str, kind: str, content: Mapping[str, Any]) -> None:
    """A customer-service message of any kind WeChat has, inside her window (45015, 45047)."""
    call(account_id, SEND_CUSTOM, body={"touser": openid, "msgtype": kind, kind: content})


def mass_send_text(account_id: int, openids: Sequence[str], text: str, key: str) -> MassJob:
    """Send to 2–10,000 fans under a key; the same key again within a day sends nothing."""
    check_list(SEND_MASS, len(openids))
    return _send_mass(account_id, {"touser": list(openids)} | _text(text), key)


def mass_send_text_to_tag(account_id: int, tag_id: int, text: str, key: str) -> MassJob:
    """As `mass_send_text`, to all who carry a tag of WeChat's; who had four is left out."""
    audience = {"filter": {"is_to_all": False, "tag_id": tag_id}}
    answer = call(account_id, SEND_MASS_BY_TAG, body=audience | _text(text) | {"clientmsgid": key})
    return _job(answer)


def _send_mass(account_id: int, body: dict[str, Any], key: str) -> MassJob:
    return _job(call(account_id, SEND_MASS, body=body | {"clientmsgid": key}))


def _job(answer: Answer) -> MassJob:
    """45065 carries the message id of the first time."""
    return MassJob(given(answer, "msg_id", int), is_adopted=answer.get("errcode", 0) != 0)


def _text(text: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": text}}


def mass_status(account_id: int, message_id: int) -> str:
    """SENDING, SEND_SUCCESS, SEND_FAIL or DELETE; WeChatError 40059 for an unknown one."""
    return given(call(account_id, MASS_STATUS, body={"msg_id": message_id}), "msg_status", str)


def preview_mass(account_id: int, openid: str, text: str) -> None:
    """Show one person what the mass message will look like; 100 a day, not of her four."""
    call(account_id, PREVIEW_MASS, body={"touser": openid} | _text(text))


def delete_mass(account_id: int, message_id: int) -> None:
    """Take back an article or video that was sent; what lies on phones stays there."""
    call(account_id, DELETE_MASS, body={"msg_id": message_id, "article_idx": 0})


def send_template(account_id: int, openid: str, message: Template, key: str) -> int:
    """A service notice under a key that WeChat knows for ten minutes; answers its msgid.

    Marketing is forbidden here. Keep the key to 32 characters.
    """
    body = {"touser": openid, **message.body(), "client_msg_id": key}
    return given(call(account_id, SEND_TEMPLATE, body=body), "msgid", int)


def send_subscription(account_id: int, openid: str, message: Template) -> None:
    """One message to a fan of a service account who subscribed to it; 43101: none is left."""
    body = {"touser": openid, **message.body()}
    if message.url:
        body["page"] = body.pop("url")
    call(account_id, SEND_SUBSCRIPTION, body=body)


def send_mini_subscription(account_id: int, openid: str, message: Template) -> int | None:
    """One message for one accept in the mini-program; answers its msgid where WeChat gives it."""
    body: dict[str, Any] = {"touser": openid, **message.body(), "lang": "zh_CN"}
    body |= {"miniprogram_state": "formal"}
    if message.url:
        body["page"] = body.pop("url")
    answer = call(account_id, SEND_MINI_SUBSCRIPTION, body=body)
    return answer.get("msgid")
