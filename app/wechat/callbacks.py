"""Is it really WeChat who calls? Signature, freshness, and the seal around the message."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.brands import service as brands
from app.brands.models import AccountKind, CallbackMode, WechatAccount
from app.core import clock, db
from app.wechat import messages, replies
from app.wechat.envelope import BadSeal, Seal, sign
from app.wechat.messages import Message
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
    mode: str
    token: str = field(repr=False)
    seal: Seal = field(repr=False)
    rules: replies.Rules = field(repr=False)
    is_corp: bool = False  # WeCom's: always sealed, the echo too, and nobody is answered


_cache: dict[str, tuple[float, Door]] = {}


def known_door(url_key: str) -> Door | None:
    """The account behind a callback address, as long as it is remembered. Who finds it out of
    date is to look it up; the others go on with what there is meanwhile."""
    known_until, known = _cache.get(url_key, (0.0, None))
    if known is None or time.monotonic() < known_until:
        return known
    _remember(url_key, known)
    return None


def look_up_door(url_key: str) -> Door:
    """The account as it stands now. Raises Refused."""
    try:
        found = _look_up(url_key)
    except Refused:
        _cache.pop(url_key, None)
        raise
    if len(_cache) >= CACHE_SIZE:
        _cache.clear()
    _remember(url_key, found)
    return found


def _remember(url_key: str, door: Door) -> None:
    _cache[url_key] = time.monotonic() + CACHE_SECONDS, door


def forget_doors() -> None:
    """Read accounts and rules anew: what was changed here counts from the next callback on."""
    _cache.clear()


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
        mode=account.mode,
        is_corp=account.kind == AccountKind.WECOM,
        token=brands.callback_token(account),
        seal=Seal.of(brands.aes_key(account), account.appid),
        rules=replies.rules_of(account.id),
    )


def echo(at: Door, query: Mapping[str, str]) -> str:
    """What to answer when the address is saved at WeChat's console, or WeCom's, which seals what
    it wants to hear. Raises Refused."""
    _check_fresh(query)
    told = query.get("echostr", "")
    if at.is_corp:
        _check_signed(at, query, "msg_signature", told)
        return _opened(at, told)
    _check_signed(at, query, "signature")
    if not told:
        raise Refused(Reason.BROKEN)
    return told


def open_message(at: Door, query: Mapping[str, str], body: bytes) -> Message:
    """The message, proved to come from WeChat and to be for us. Raises Refused."""
    _check_fresh(query)
    outside = messages.as_xml(body)
    sealed = messages.sealed_part(outside)
    if sealed is not None:
        _check_signed(at, query, "msg_signature", sealed)
        return messages.read(messages.as_xml(_opened(at, sealed)))
    _check_plain(at, query)
    return messages.read(outside)


def _check_plain(at: Door, query: Mapping[str, str]) -> None:
    """The plain signature covers no body, so it is enough for accounts in plain mode alone."""
    if at.mode != CallbackMode.PLAIN:
        raise Refused(Reason.NOT_SEALED)
    _check_signed(at, query, "signature")


def _opened(at: Door, sealed: str) -> str:
    try:
        return at.seal.open(sealed)
    except BadSeal:
        raise Refused(Reason.WRONG_KEY) from None


def answer(at: Door, query: Mapping[str, str], reply: str | None) -> tuple[str, str]:
    """Content type and body of what WeChat hears; `success` needs no seal in any mode."""
    if reply is None:
        return "text/plain", "success"
    if query.get("encrypt_type") != "aes":
        return "text/xml", reply
    sealed, stamp = at.seal.close(reply), str(clock.stamp())
    nonce = secrets.token_hex(5)
    signature = sign(at.token, stamp, nonce, sealed)
    return "text/xml", (
        f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{stamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )


def _check_fresh(query: Mapping[str, str]) -> None:
    stamp = query.get("timestamp", "")
    if not stamp.isdecimal() or len(stamp) > LONGEST_STAMP:
        raise Refused(Reason.STALE)
    if abs(clock.stamp() - int(stamp)) > FRESH_SECONDS:
        raise Refused(Reason.STALE)


def _check_signed(at: Door, query: Mapping[str, str], name: str, *parts: str) -> None:
    wanted = sign(at.token, query["timestamp"], query.get("nonce", ""), *parts)
    if not hmac.compare_digest(wanted.encode(), query.get(name, "").encode()):
        raise Refused(Reason.WRONG_SIGNATURE)
