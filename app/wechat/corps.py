"""A brand's WeCom (企业微信): its corp and app, what is called in its name, and which of its
members opened a page.

Calls are few, so no quota is counted and no breaker stands here; each ends within eight seconds.
Within its two hours WeCom gives the same token again: nobody need wait for who fetches.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.brands import service as brands
from app.brands.models import AccountKind, WechatAccount
from app.core import clock, db
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import Conflict, NotFound
from app.wechat import http
from app.wechat.endpoints import CORP_MEMBER, CORP_TOKEN, OAUTH_PAGE, Endpoint
from app.wechat.errors import Action, NoAnswer, WeChatError
from app.wechat.http import Answer
from app.wechat.models import WecomCorp

EARLY = timedelta(minutes=5)


class NoCorp(NotFound):
    code, title = "no_corp", "这个品牌还没有接上企业微信"


class OtherCorp(Conflict):
    code, title = "other_corp", "这个品牌接着另一家企业微信，一个品牌只能接一家"


def connect(brand_id: int, *, corp_id: str, agent_id: str, secret: str) -> WecomCorp:
    """Connect the brand's corp by the app in which guides open the page; its secret is sealed.
    Connected again, the app and its secret are the new ones. Raises OtherCorp."""
    sealed = keyring().seal(secret, context=_context(brand_id, "secret"))
    corp = find(brand_id)
    if corp is None:
        corp = WecomCorp(brand_id=brand_id, corp_id=corp_id, created_at=clock.now())
        session.add(corp)
    elif corp.corp_id != corp_id:
        raise OtherCorp()
    corp.agent_id, corp.secret_encrypted = agent_id, sealed
    corp.token_encrypted = corp.token_until = None
    session.flush()
    return corp


def hear(brand_id: int, *, callback_token: str, aes_key: str) -> WechatAccount:
    """Take the corp's callbacks, at an address of their own; a second time changes what they are
    signed and sealed with. Raises NoCorp."""
    corp = of_brand(brand_id)
    account = listening(brand_id)
    if account is not None:
        brands.set_callback(account, callback_token=callback_token, aes_key=aes_key)
        return account
    return brands.add_account(
        brand_id=brand_id,
        kind=AccountKind.WECOM,
        appid=corp.corp_id,
        original_id=corp.corp_id,
        name="企业微信",
        secret="",  # it lies with the corp
        callback_token=callback_token,
        aes_key=aes_key,
    )


def listening(brand_id: int) -> WechatAccount | None:
    """The account by which the corp's callbacks come in, and of which its customers are fans."""
    return brands.find_account(brand_id, AccountKind.WECOM)


def find(brand_id: int) -> WecomCorp | None:
    """The brand's corp, if it has one."""
    return session.get(WecomCorp, brand_id)


def is_any() -> bool:
    """Whether any brand here has a corp."""
    return session.scalar(select(WecomCorp.brand_id).limit(1)) is not None


def of_brand(brand_id: int) -> WecomCorp:
    """The brand's corp. Raises NoCorp."""
    corp = find(brand_id)
    if corp is None:
        raise NoCorp()
    return corp


def index(corp: WecomCorp, userid: str) -> str:
    """What finds a member of this corp. WeCom takes a userid in capitals for the same one."""
    return keyring().index(userid.lower(), context=f"{corp.brand_id}.wecom.{corp.corp_id}")


def sign_in_address(brand_id: int, return_to: str, state: str) -> str:
    """Where to send the page's visitor, so that WeCom sends her back with a code."""
    corp = _read(brand_id)
    query = {
        "appid": corp.corp_id,
        "redirect_uri": return_to,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
        "agentid": corp.agent_id,
    }
    return f"{http.address(OAUTH_PAGE, query)}#wechat_redirect"


def member_of(brand_id: int, code: str) -> str | None:
    """The userid behind a code, worth one exchange; None for who is no member of the corp.

    Raises WeChatError, NoAnswer.
    """
    userid = call(brand_id, CORP_MEMBER, query={"code": code}).get("userid")
    return userid if isinstance(userid, str) and userid else None


def call(
    brand_id: int,
    endpoint: Endpoint,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Answer:
    """Call in the corp's name; a refused token is replaced once. Raises WeChatError, NoAnswer."""

    def once(token: str) -> Answer:
        return http.exchange(endpoint, query={"access_token": token, **(query or {})}, body=body)

    try:
        return once(_token(brand_id))
    except WeChatError as refusal:
        if refusal.action is not Action.REFRESH_TOKEN:
            raise
    return once(_fetched(brand_id))


def _token(brand_id: int) -> str:
    corp = _read(brand_id)
    if corp.token_encrypted is None or corp.token_until is None:
        return _fetched(brand_id)
    if corp.token_until <= clock.now() + EARLY:
        return _fetched(brand_id)
    return keyring().open(corp.token_encrypted, context=_context(brand_id, "token"))


def _fetched(brand_id: int) -> str:
    corp, asked_at = _read(brand_id), clock.now()
    secret = keyring().open(corp.secret_encrypted, context=_context(brand_id, "secret"))
    query = {"corpid": corp.corp_id, "corpsecret": secret}
    answer = http.exchange(CORP_TOKEN, query=query)
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not isinstance(seconds, int):
        raise NoAnswer("the answer holds no token")
    with db.transaction():
        kept = of_brand(brand_id)
        kept.token_encrypted = keyring().seal(token, context=_context(brand_id, "token"))
        kept.token_until = asked_at + timedelta(seconds=seconds)
    return token


def _read(brand_id: int) -> WecomCorp:
    http.refuse_inside_transaction()
    with db.transaction():
        return of_brand(brand_id)


def _context(brand_id: int, column: str) -> str:
    return f"wecom_corps.{column}.{brand_id}"
