"""What WeChat says of the account's quotas, and beginning them anew in an emergency."""

from __future__ import annotations

from dataclasses import dataclass

from app.wechat import health, quota
from app.wechat.calling import call, credentials, given
from app.wechat.endpoints import CLEAR_QUOTA, CLEAR_QUOTA_BY_SECRET, QUOTA, Endpoint

DAY_USED_UP = 45009


@dataclass(frozen=True)
class Quota:
    """Calls a day of one API; WeChat's figures err by about one in a hundred."""

    day_limit: int
    used: int
    left: int


def quota_of(account_id: int, endpoint: Endpoint) -> Quota:
    """Ask WeChat, and hold to the limit that it names from now on."""
    answer = given(call(account_id, QUOTA, body={"cgi_path": endpoint.path}), "quota", dict)
    found = Quota(*(given(answer, name, int) for name in ("daily_limit", "used", "remain")))
    health.learn_day_limit(account_id, endpoint, found.day_limit)
    return found


def clear_quota(account_id: int) -> None:
    """Begin all quotas of the account anew: ten times a month, then 48006."""
    appid, _secret = credentials(account_id)
    call(account_id, CLEAR_QUOTA, body={"appid": appid})
    _begin_anew(account_id, appid)


def clear_quota_without_token(account_id: int) -> None:
    """As `clear_quota`, for when the token's own quota is the one used up."""
    appid, secret = credentials(account_id)
    call(account_id, CLEAR_QUOTA_BY_SECRET, body={"appid": appid, "appsecret": secret})
    _begin_anew(account_id, appid)


def _begin_anew(account_id: int, appid: str) -> None:
    quota.forget(appid)
    health.resume(account_id, errcode=DAY_USED_UP)
