"""Who is it: mini-program logins, phones, visitors of web pages; and whether words may stand."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from app.wechat.calling import call, credentials, given
from app.wechat.endpoints import (
    CHECK_SESSION,
    CHECK_TEXT,
    CODE_TO_SESSION,
    OAUTH_PAGE,
    OAUTH_PROFILE,
    OAUTH_TOKEN,
    PHONE_NUMBER,
)
from app.wechat.errors import WeChatError
from app.wechat.http import Answer, address, origin

SESSION_OVER = 87009


@dataclass(frozen=True)
class LoginSession:
    """Who opened the mini-program."""

    openid: str
    unionid: str | None
    session_key: str = field(repr=False)


@dataclass(frozen=True)
class WebVisitor:
    """Who opened a web page of ours. One who only looks at WeChat's snapshot of it has no
    openid here: the ids that WeChat gives for her are virtual, and one day another's."""

    openid: str | None
    unionid: str | None
    is_snapshot: bool
    page_token: str = field(repr=False)


@dataclass(frozen=True)
class Verdict:
    """What WeChat thinks of somebody's words: pass, review or risky, and of which kind."""

    suggests: str
    label: int


def code_to_session(account_id: int, js_code: str) -> LoginSession:
    """Exchange a login code; each is worth one exchange."""
    appid, secret = credentials(account_id)
    query = {"appid": appid, "secret": secret, "js_code": js_code}
    answer = call(account_id, CODE_TO_SESSION, query=query | {"grant_type": "authorization_code"})
    return LoginSession(
        openid=given(answer, "openid", str),
        unionid=_text_or_none(answer, "unionid"),
        session_key=given(answer, "session_key", str),
    )


def is_session_alive(account_id: int, openid: str, session_key: str) -> bool:
    """Whether WeChat still knows this session of hers; she may have logged in anew since."""
    signature = hmac.new(session_key.encode(), b"", hashlib.sha256).hexdigest()
    query = {"openid": openid, "signature": signature, "sig_method": "hmac_sha256"}
    try:
        call(account_id, CHECK_SESSION, query=query)
    except WeChatError as refusal:
        if refusal.errcode == SESSION_OVER:
            return False
        raise
    return True


def phone_number(account_id: int, code: str, openid: str) -> str:
    """The phone behind a consent code, in international form; the code must be hers."""
    answer = call(account_id, PHONE_NUMBER, body={"code": code, "openid": openid})
    info = given(answer, "phone_info", dict)
    country = info.get("countryCode", "86")  # a string by the docs, a number in samples
    return f"+{country}{given(info, 'purePhoneNumber', str)}"


def sign_in_address(account_id: int, return_to: str, state: str, *, ask: bool = False) -> str:
    """Where to send a web page's visitor, so that WeChat sends her back with a code.

    `ask` shows her a question and gives the unionid; only after an act of hers, else WeChat
    opens a snapshot of the page.
    """
    appid, _secret = credentials(account_id)
    query = {
        "appid": appid,
        "redirect_uri": return_to,
        "response_type": "code",
        "scope": "snsapi_userinfo" if ask else "snsapi_base",
        "state": state,
    }
    return f"{address(OAUTH_PAGE, query)}#wechat_redirect"


def sign_in_origin() -> str:
    """Where `sign_in_address` leads, as a page's content policy names it."""
    return origin(OAUTH_PAGE)


def web_visitor(account_id: int, code: str) -> WebVisitor:
    """Exchange the code she came back with; each is worth one exchange."""
    appid, secret = credentials(account_id)
    query = {"appid": appid, "secret": secret, "code": code}
    answer = call(account_id, OAUTH_TOKEN, query=query | {"grant_type": "authorization_code"})
    openid, page_token = given(answer, "openid", str), given(answer, "access_token", str)
    if answer.get("is_snapshotuser") in (1, "1", True):
        return WebVisitor(None, None, is_snapshot=True, page_token=page_token)
    return WebVisitor(openid, _text_or_none(answer, "unionid"), False, page_token)


def web_visitor_profile(account_id: int, visitor: WebVisitor) -> Answer:
    """What she let us see after being asked: nickname, picture."""
    query = {"access_token": visitor.page_token, "openid": visitor.openid or "", "lang": "zh_CN"}
    return call(account_id, OAUTH_PROFILE, query=query)


def check_text(account_id: int, openid: str, text: str, *, scene: int = 1) -> Verdict:
    """Ask WeChat about words that others will see; she must have been here within two hours.

    Scenes: 1 profile, 2 comment, 3 forum, 4 social.
    """
    body = {"version": 2, "openid": openid, "scene": scene, "content": text}
    result = given(call(account_id, CHECK_TEXT, body=body), "result", dict)
    return Verdict(given(result, "suggest", str), given(result, "label", int))


def _text_or_none(answer: Answer, name: str) -> str | None:
    value = answer.get(name)
    return value if isinstance(value, str) and value else None
