"""Speaking to WeChat: what our trade asks of it, in the trade's words.

Every function calls over the network and therefore refuses to run inside a transaction. It
raises `WeChatError` when WeChat said no (see its `action`), `NoAnswer` when nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.brands import service as brands
from app.core import db
from app.wechat import http, tokens
from app.wechat.errors import Action, InsideTransaction, NoAnswer, WeChatError
from app.wechat.http import Answer, Endpoint, configure

__all__ = [
    "Action", "InsideTransaction", "LoginSession", "MassJob", "NoAnswer", "WeChatError",
    "code_to_session", "configure", "create_qr_code", "mass_send_text", "phone_number",
    "send_custom_card", "send_custom_text", "user_info",
]  # fmt: skip

CREATE_QR_CODE = Endpoint("POST", "/cgi-bin/qrcode/create")
USER_INFO = Endpoint("GET", "/cgi-bin/user/info")
CODE_TO_SESSION = Endpoint("GET", "/sns/jscode2session")
PHONE_NUMBER = Endpoint("POST", "/wxa/business/getuserphonenumber")
SEND_CUSTOM = Endpoint("POST", "/cgi-bin/message/custom/send")
SEND_MASS = Endpoint("POST", "/cgi-bin/message/mass/send")
LONGEST_TEMPORARY_SECONDS = 2_592_000

Expected = TypeVar("Expected")


@dataclass(frozen=True)
class LoginSession:
    """Who opened the mini-program."""

    openid: str
    unionid: str | None
    session_key: str = field(repr=False)


@dataclass(frozen=True)
class MassJob:
    """A mass send that WeChat took; `is_adopted`: it had taken it before, under the same key."""

    message_id: int
    is_adopted: bool


def create_qr_code(account_id: int, scene: str, *, permanent: bool) -> tuple[str, str]:
    """Ticket and address of the code of a scene; a temporary one lives 30 days."""
    body: dict[str, Any] = {"action_info": {"scene": {"scene_str": scene}}}
    if permanent:
        body |= {"action_name": "QR_LIMIT_STR_SCENE"}
    else:
        body |= {"action_name": "QR_STR_SCENE", "expire_seconds": LONGEST_TEMPORARY_SECONDS}
    answer = _call(account_id, CREATE_QR_CODE, body=body)
    return _given(answer, "ticket", str), _given(answer, "url", str)


def user_info(account_id: int, openid: str) -> Answer:
    """What WeChat tells of a fan: follows or not, since when, unionid; no name, no face."""
    return _call(account_id, USER_INFO, query={"openid": openid, "lang": "zh_CN"})


def code_to_session(account_id: int, js_code: str) -> LoginSession:
    """Exchange a login code; each is worth one exchange."""
    http.refuse_inside_transaction()
    with db.system_transaction():
        account = brands.account_by_id(account_id)
        query = {"appid": account.appid, "secret": brands.secret(account)}
    query |= {"js_code": js_code, "grant_type": "authorization_code"}
    answer = http.exchange(CODE_TO_SESSION, query=query)
    unionid = answer.get("unionid")
    return LoginSession(
        openid=_given(answer, "openid", str),
        unionid=unionid if isinstance(unionid, str) and unionid else None,
        session_key=_given(answer, "session_key", str),
    )


def phone_number(account_id: int, code: str, openid: str) -> str:
    """The phone behind a consent code, in international form; the code must be hers."""
    answer = _call(account_id, PHONE_NUMBER, body={"code": code, "openid": openid})
    info = _given(answer, "phone_info", dict)
    country = info.get("countryCode", "86")  # a string by the docs, a number in samples
    return f"+{country}{_given(info, 'purePhoneNumber', str)}"


def send_custom_text(account_id: int, openid: str, text: str) -> None:
    """A customer-service message. WeChat keeps no key for it: a doubt must not be resent."""
    _send_custom(account_id, openid, "text", {"content": text})


def send_custom_card(
    account_id: int, openid: str, *, title: str, appid: str, page: str, thumb_media_id: str
) -> None:
    """A mini-program card as a customer-service message."""
    card = {"title": title, "appid": appid, "pagepath": page, "thumb_media_id": thumb_media_id}
    _send_custom(account_id, openid, "miniprogrampage", card)


def _send_custom(account_id: int, openid: str, kind: str, content: dict[str, str]) -> None:
    _call(account_id, SEND_CUSTOM, body={"touser": openid, "msgtype": kind, kind: content})


def mass_send_text(account_id: int, openids: Sequence[str], text: str, key: str) -> MassJob:
    """Send to 2–10,000 fans under a key; the same key again within a day sends nothing."""
    body = {
        "touser": list(openids),
        "msgtype": "text",
        "text": {"content": text},
        "clientmsgid": key,
    }
    answer = _call(account_id, SEND_MASS, body=body)
    return MassJob(_given(answer, "msg_id", int), is_adopted=answer.get("errcode", 0) != 0)


def _call(
    account_id: int,
    endpoint: Endpoint,
    *,
    query: dict[str, str] | None = None,
    body: dict[str, Any] | None = None,
) -> Answer:
    """With the account's token; a refused token is replaced once, a refused call did nothing."""
    http.refuse_inside_transaction()

    def once(token: str) -> Answer:
        return http.exchange(endpoint, query={"access_token": token, **(query or {})}, body=body)

    return _with_token(account_id, once)


def _with_token(account_id: int, once: Callable[[str], Answer]) -> Answer:
    token = tokens.current(account_id)
    try:
        return once(token)
    except WeChatError as error:
        if error.action is not Action.REFRESH_TOKEN:
            raise
    return once(tokens.after_refusal(account_id, token))


def _given(answer: Answer, name: str, kind: type[Expected]) -> Expected:
    value = answer.get(name)
    if not isinstance(value, kind):
        raise NoAnswer(f"the answer holds no {name}")
    return value
