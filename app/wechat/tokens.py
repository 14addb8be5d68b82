"""Access tokens of the accounts: stable ones, one fetch an expiry over all processes."""

from __future__ import annotations

import structlog
from sqlalchemy import or_, select

from app.brands.models import AccountKind, WechatAccount
from app.core import clock, db
from app.core.db import session
from app.wechat import health, http
from app.wechat.endpoints import STABLE_TOKEN
from app.wechat.errors import NoAnswer, WeChatError
from app.wechat.keeper import LEASE, Claim, Issued, Keeper, NoToken
from app.wechat.models import AccessToken

__all__ = ["LEASE", "NoToken", "after_refusal", "current", "refresh_due"]

log = structlog.get_logger()


def current(account_id: int) -> str:
    """A living token of the account, fetched if need be. Raises WeChatError or NoAnswer."""
    return keeper.get(account_id)


def after_refusal(account_id: int, refused: str, *, has_expired: bool = False) -> str:
    """Another token than the one just refused. Raises NoToken when there is none to be had."""
    return keeper.get(account_id, refused, has_expired=has_expired)


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
        .where(is_due, is_free, WechatAccount.kind != AccountKind.WECOM)  # `corps` has its own
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


def _fetch(claim: Claim) -> Issued:
    """Somebody may have refreshed elsewhere, so force only when the refused one comes again.

    Only a forced refresh by another environment makes a stable token die before its time.
    """
    issued = _ask(claim, force=False)
    if issued.token == claim.refused:
        return _ask(claim, force=True)
    if claim.was_alive:
        log.error("token.foreign_refresh", account_id=claim.account_id, appid=claim.appid)
        return Issued(issued.token, issued.asked_at, issued.seconds, is_foreign=True)
    return issued


def _ask(claim: Claim, *, force: bool) -> Issued:
    asked_at = clock.now()
    body = {
        "grant_type": "client_credential",
        "appid": claim.appid,
        "secret": claim.secret,
        "force_refresh": force,
    }
    answer = health.watched(
        claim.account_id,
        STABLE_TOKEN,
        lambda: http.exchange(STABLE_TOKEN, query={}, body=body),
    )
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not isinstance(seconds, int):
        raise NoAnswer("the answer holds no token")
    return Issued(token, asked_at, seconds)


def _note_foreign(row: AccessToken, issued: Issued) -> None:
    if issued.is_foreign:
        row.foreign_refresh_at = clock.now()
        row.foreign_refresh_count += 1


keeper = Keeper(AccessToken, _fetch, _note_foreign)
