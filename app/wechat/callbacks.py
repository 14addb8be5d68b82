"""Is it really WeChat who calls? Signature, freshness, and the seal around the message."""

from __future__ import annotations

import base64
import hmac
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.utils import WeChatSigner

from app.brands import service as brands
from app.brands.models import CallbackMode, WechatAccount
from app.core import clock, db
from app.wechat import messages
from app.wechat.refusals import Reason, Refused

CACHE_SECONDS = 5.0  # a storm of callbacks does not open the account's secrets each time
CACHE_SIZE = 1000
FRESH_SECONDS = 600  # a recorded callback cannot be played back later
LONGEST_STAMP = 12


@dataclass(frozen=True)
class Door:
    """An account as its callback needs it."""

    account_id: int
    brand_id: int
    appid: str
    mode: str
    token: str = field(repr=False)
    aes_key: str = field(repr=False)


_cache: dict[str, tuple[float, Door]] = {}


def door(url_key: str) -> Door:
    """The account behind a callback address. Raises Refused."""
    known_until, known = _cache.get(url_key, (0.0, None))
    if known is not None and time.monotonic() < known_until:
        return known
    found = _look_up(url_key)
    if len(_cache) >= CACHE_SIZE:
        _cache.clear()
    _cache[url_key] = time.monotonic() + CACHE_SECONDS, found
    return found


def _look_up(url_key: str) -> Door:
    if not (url_key.isascii() and url_key.isalnum()):
        raise Refused(Reason.UNKNOWN_ACCOUNT)
    with db.system_transaction():
        account = brands.account_by_url_key(url_key)
        if account is None:
            raise Refused(Reason.UNKNOWN_ACCOUNT)
        return _door(account)


def _door(account: WechatAccount) -> Door:
    return Door(
        account_id=account.id,
        brand_id=account.brand_id,
        appid=account.appid,
        mode=account.mode,
        token=brands.callback_token(account),
        aes_key=brands.aes_key(account),
    )


def echo(at: Door, query: Mapping[str, str]) -> str:
    """What to answer when the address is saved at WeChat's console. Raises Refused."""
    _check_fresh(query)
    _check_signed(at, query, "signature")
    if not query.get("echostr"):
        raise Refused(Reason.BROKEN)
    return query["echostr"]


def open_message(at: Door, query: Mapping[str, str], body: bytes) -> str:
    """The message as XML, proved to come from WeChat and to be for us. Raises Refused."""
    _check_fresh(query)
    outside = messages.as_xml(body)
    sealed = messages.fields(outside).get("Encrypt")
    if sealed is None:
        return _open_plain(at, query, outside)
    if not isinstance(sealed, str):
        raise Refused(Reason.BROKEN)
    _check_signed(at, query, "msg_signature", sealed)
    return messages.as_xml(_unseal(at, sealed))


def _open_plain(at: Door, query: Mapping[str, str], xml: str) -> str:
    """The plain signature covers no body, so it is enough for accounts in plain mode alone."""
    if at.mode != CallbackMode.PLAIN:
        raise Refused(Reason.NOT_SEALED)
    _check_signed(at, query, "signature")
    return xml


def _check_fresh(query: Mapping[str, str]) -> None:
    stamp = query.get("timestamp", "")
    if not stamp.isdecimal() or len(stamp) > LONGEST_STAMP:
        raise Refused(Reason.STALE)
    if abs(clock.now().timestamp() - int(stamp)) > FRESH_SECONDS:
        raise Refused(Reason.STALE)


def _check_signed(at: Door, query: Mapping[str, str], name: str, *parts: str) -> None:
    wanted = sign(at.token, query["timestamp"], query.get("nonce", ""), *parts)
    if not hmac.compare_digest(wanted.encode(), query.get(name, "").encode()):
        raise Refused(Reason.WRONG_SIGNATURE)


def sign(*parts: str) -> str:
    """WeChat's signature over these parts, whatever their order."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def _unseal(at: Door, sealed: str) -> str:
    """wechatpy raises whatever its bytes run into; here it is one refusal."""
    try:
        key = base64.b64decode(at.aes_key + "=")
        return str(PrpCrypto(key).decrypt(sealed, at.appid))
    except (WeChatException, ValueError, IndexError, struct.error):
        raise Refused(Reason.WRONG_KEY) from None
