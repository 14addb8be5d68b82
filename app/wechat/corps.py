"""A brand's WeCom (企业微信): its corp and app, and which of its members opened a page.

Sign-ins are few, so no quota is counted and no breaker stands here; each call ends within eight
seconds. Within its two hours WeCom gives the same token again: nobody need wait for who fetches.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.core import clock, db
from app.core.crypto import keyring
from app.core.db import session
from app.core.errors import NotFound
from app.wechat import http
from app.wechat.endpoints import CORP_MEMBER, CORP_TOKEN, OAUTH_PAGE
from app.wechat.errors import Action, NoAnswer, WeChatError
from app.wechat.http import Answer
from app.wechat.models import WecomCorp

EARLY = timedelta(minutes=5)


class NoCorp(NotFound):
    code, title = "no_corp", "这个品牌还没有接上企业微信"


def connect(brand_id: int, *, corp_id: str, agent_id: str, secret: str) -> WecomCorp:
    """Connect the brand's corp by the app in which guides open the page; its secret is sealed."""
    sealed = keyring().seal(secret, context=_context(brand_id, "secret"))
    corp = WecomCorp(
        brand_id=brand_id, corp_id=corp_id, agent_id=agent_id, secret_encrypted=sealed,
        created_at=clock.now(),
    )  # fmt: skip
    session.add(corp)
    session.flush()
    return corp


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
    token = _token(brand_id)
    try:
        answer = _ask(token, code)
    except WeChatError as refusal:
        if refusal.action is not Action.REFRESH_TOKEN:
            raise
        answer = _ask(_fetched(brand_id), code)
    userid = answer.get("userid")
    return userid if isinstance(userid, str) and userid else None


def _ask(token: str, code: str) -> Answer:
    return http.exchange(CORP_MEMBER, query={"access_token": token, "code": code})


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
