"""Tickets for pages that use WeChat's JS-SDK: kept under a lease like the access tokens."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from app.brands import service as brands
from app.core import clock, codes, db
from app.wechat import calling
from app.wechat.endpoints import JS_TICKET
from app.wechat.errors import NoAnswer
from app.wechat.keeper import Claim, Issued, Keeper
from app.wechat.models import JsTicket


@dataclass(frozen=True)
class PageSignature:
    """What `wx.config` wants to see on a page."""

    appid: str
    timestamp: int
    nonce: str
    signature: str


def sign_page(account_id: int, url: str) -> PageSignature:
    """Sign a page's address, without its fragment, for the JS-SDK. Raises WeChatError, NoAnswer."""
    ticket = keeper.get(account_id)
    with db.system_transaction():
        appid = brands.account_by_id(account_id).appid
    timestamp, nonce = int(clock.now().timestamp()), codes.code(16)
    signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={_page(url)}"
    digest = hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
    return PageSignature(appid, timestamp, nonce, digest)


def _page(url: str) -> str:
    return url.partition("#")[0]


def _fetch(claim: Claim) -> Issued:
    asked_at = clock.now()
    answer = calling.call(claim.account_id, JS_TICKET, query={"type": "jsapi"})
    ticket, seconds = answer.get("ticket"), answer.get("expires_in")
    if not isinstance(ticket, str) or not isinstance(seconds, int):
        raise NoAnswer("the answer holds no ticket")
    return Issued(ticket, asked_at, seconds)


keeper = Keeper(JsTicket, _fetch)
