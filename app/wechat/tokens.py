"""Access tokens, kept in SQL: one process fetches, all others read what it got.

The lease in the token's row says who may fetch. While `lease_token` is set somebody is
fetching and the others wait; a lease without a holder is a pause after a refusal or a failure,
so that a storm of refused calls cannot become a storm of fetches.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.brands.models import WechatAccount
from app.core import clock, codes, db
from app.core.crypto import keyring
from app.core.db import session
from app.wechat import http
from app.wechat.errors import NoAnswer, WeChatError
from app.wechat.http import Endpoint
from app.wechat.models import AccessToken

log = structlog.get_logger()

STABLE_TOKEN = Endpoint("POST", "/cgi-bin/stable_token")
REFRESH_AT = 0.8  # of the token's life
LEASE = timedelta(seconds=20)  # two calls of at most 8 s fit in
PAUSE_AFTER_REFUSAL = timedelta(seconds=60)  # at most one forced refresh a minute
PAUSE_AFTER_SILENCE = timedelta(seconds=5)
WAIT_SECONDS = 10.0
LOOK_SECONDS = 0.05


class NoToken(NoAnswer):
    """No token could be had, so the call that needed it was not made."""

    def __init__(self) -> None:
        super().__init__("no access token could be had", was_sent=False)


@dataclass(frozen=True)
class _Claim:
    """The right to fetch, with what the fetch needs."""

    account_id: int
    holder: str
    appid: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class _Issued:
    """A token as WeChat gave it."""

    token: str = field(repr=False)
    asked_at: datetime
    seconds: int


def current(account_id: int) -> str:
    """A living token of the account, fetched if need be. Raises WeChatError or NoAnswer."""
    return _get(account_id, refused=None)


def after_refusal(account_id: int, refused: str) -> str:
    """Another token than the one just refused. Raises NoToken when there is none to be had."""
    return _get(account_id, refused)


def refresh_due() -> int:
    """Fetch for accounts whose token nears its end; answers how many got one."""
    return sum(_refreshed(account_id) for account_id in _due())


def _due() -> list[int]:
    now = clock.now()
    is_due = or_(AccessToken.refresh_after.is_(None), AccessToken.refresh_after <= now)
    is_free = or_(AccessToken.lease_until.is_(None), AccessToken.lease_until <= now)
    statement = (
        select(WechatAccount.id)
        .outerjoin(AccessToken, AccessToken.account_id == WechatAccount.id)
        .where(is_due, is_free)
    )
    with db.system_transaction():
        return list(session.scalars(statement))


def _refreshed(account_id: int) -> bool:
    try:
        current(account_id)
    except (WeChatError, NoAnswer) as error:
        log.warning("token.not_refreshed", account_id=account_id, reason=str(error))
        return False
    return True


def _get(account_id: int, refused: str | None) -> str:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        found = _token_or_claim(account_id, refused)
        if isinstance(found, str):
            return found
        if isinstance(found, _Claim):
            return _fetch_as_holder(found, refused)
        time.sleep(LOOK_SECONDS)  # another process is fetching
    raise NoToken()


def _token_or_claim(account_id: int, refused: str | None) -> str | _Claim | None:
    """What is stored, or the right to fetch, or None: look again in a moment."""
    with db.system_transaction():
        row = session.get(AccessToken, account_id)
        if row is not None and (fresh := _usable(row, refused, row.refresh_after)):
            return fresh
        row = _locked(account_id)
        now = clock.now()
        if fresh := _usable(row, refused, row.refresh_after):
            return fresh  # somebody was quicker
        if row.lease_until is None or row.lease_until <= now:
            return _claim(row, now)
        if ageing := _usable(row, refused, row.expires_at):
            return ageing  # somebody else fetches the next one
        if row.lease_token is None:
            raise NoToken()
        return None


def _usable(row: AccessToken, refused: str | None, until: datetime | None) -> str | None:
    if row.token_encrypted is None or until is None or until <= clock.now():
        return None
    token = keyring().open(row.token_encrypted, context=_context(row.account_id))
    return None if token == refused else token


def _locked(account_id: int) -> AccessToken:
    session.execute(insert(AccessToken).values(account_id=account_id).on_conflict_do_nothing())
    return session.get_one(AccessToken, account_id, with_for_update=True, populate_existing=True)


def _claim(row: AccessToken, now: datetime) -> _Claim:
    row.lease_until, row.lease_token = now + LEASE, codes.code()
    account = brands.account_by_id(row.account_id)
    return _Claim(row.account_id, row.lease_token, account.appid, brands.secret(account))


def _fetch_as_holder(claim: _Claim, refused: str | None) -> str:
    """Fetch and store; whatever happens, the lease ends or becomes a pause."""
    try:
        issued = _fetch(claim, refused)
    except WeChatError:
        _pause(claim, PAUSE_AFTER_REFUSAL)
        raise
    except NoAnswer:
        _pause(claim, PAUSE_AFTER_SILENCE)
        raise NoToken() from None
    _settle(claim, lambda row: _store(row, issued, PAUSE_AFTER_REFUSAL if refused else None))
    return issued.token


def _fetch(claim: _Claim, refused: str | None) -> _Issued:
    """Somebody may have refreshed elsewhere, so force only when the refused one comes again."""
    issued = _ask(claim, force=False)
    return _ask(claim, force=True) if issued.token == refused else issued


def _ask(claim: _Claim, *, force: bool) -> _Issued:
    asked_at = clock.now()
    body = {
        "grant_type": "client_credential",
        "appid": claim.appid,
        "secret": claim.secret,
        "force_refresh": force,
    }
    answer = http.exchange(STABLE_TOKEN, query={}, body=body)
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not isinstance(seconds, int):
        raise NoAnswer("the answer holds no token")
    return _Issued(token, asked_at, seconds)


def _store(row: AccessToken, issued: _Issued, pause: timedelta | None) -> None:
    life = timedelta(seconds=issued.seconds)
    row.token_encrypted = keyring().seal(issued.token, context=_context(row.account_id))
    row.refresh_after = issued.asked_at + life * REFRESH_AT
    row.expires_at = issued.asked_at + life
    row.lease_until = clock.now() + pause if pause else None
    row.lease_token = None


def _pause(claim: _Claim, pause: timedelta) -> None:
    def rest(row: AccessToken) -> None:
        row.lease_until, row.lease_token = clock.now() + pause, None

    _settle(claim, rest)


def _settle(claim: _Claim, change: Callable[[AccessToken], None]) -> None:
    """Only by the holder: a slow one must not overwrite what its successor stored."""
    with db.system_transaction():
        row = session.get_one(AccessToken, claim.account_id, with_for_update=True)
        if row.lease_token == claim.holder:
            change(row)


def _context(account_id: int) -> str:
    return f"access_tokens.{account_id}"
