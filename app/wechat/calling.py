"""A call in an account's name: its token, its quota and its breaker, and one fresh token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from app.brands import service as brands
from app.core import db
from app.wechat import health, http, tokens
from app.wechat.endpoints import QUOTA, Endpoint, Proof
from app.wechat.errors import Action, NoAnswer, WeChatError
from app.wechat.health import Admitted
from app.wechat.http import Answer, Body
from app.wechat.quota import DayUsedUp

TOKEN_EXPIRED, DAY_USED_UP = 42001, 45009

Expected = TypeVar("Expected")
Result = TypeVar("Result")


def call(
    account_id: int,
    endpoint: Endpoint,
    *,
    query: Mapping[str, str] | None = None,
    body: Body | None = None,
) -> Answer:
    """Call in the account's name. Raises WeChatError, NoAnswer, and Paused before calling."""

    def once(proof: dict[str, str]) -> Answer:
        return http.exchange(endpoint, query={**proof, **(query or {})}, body=body)

    return _proved(account_id, endpoint, once)


def picture(
    account_id: int,
    endpoint: Endpoint,
    *,
    query: Mapping[str, str] | None = None,
    body: Body | None = None,
) -> bytes:
    """As `call`, for an endpoint that answers with a picture."""

    def once(proof: dict[str, str]) -> bytes:
        return http.download(endpoint, query={**proof, **(query or {})}, body=body)

    return _proved(account_id, endpoint, once)


def given(answer: Mapping[str, Any], name: str, kind: type[Expected]) -> Expected:
    """A field that must be there. Raises NoAnswer."""
    value = answer.get(name)
    if not isinstance(value, kind):
        raise NoAnswer(f"the answer holds no {name}")
    return value


def credentials(account_id: int) -> tuple[str, str]:
    """The account's appid and AppSecret."""
    http.refuse_inside_transaction()
    with db.system_transaction():
        account = brands.account_by_id(account_id)
        return account.appid, brands.secret(account)


def _proved(
    account_id: int, endpoint: Endpoint, once: Callable[[dict[str, str]], Result]
) -> Result:
    http.refuse_inside_transaction()
    if endpoint.proof is Proof.TOKEN:
        return _with_token(account_id, endpoint, lambda token: once({"access_token": token}))
    return _within_quota(account_id, endpoint, lambda: once({}))


def _with_token(account_id: int, endpoint: Endpoint, once: Callable[[str], Result]) -> Result:
    """A refused token is replaced once; the refused call did nothing, so it may be repeated."""
    token = tokens.current(account_id)
    try:
        return _within_quota(account_id, endpoint, lambda: once(token))
    except WeChatError as error:
        if error.action is not Action.REFRESH_TOKEN:
            raise
        has_expired = error.errcode == TOKEN_EXPIRED
    fresh = tokens.after_refusal(account_id, token, has_expired=has_expired)
    return _within_quota(account_id, endpoint, lambda: once(fresh))


def admit(account_id: int, endpoint: Endpoint, calls: int) -> Admitted:
    """Whether so many calls may be made now, counted as made. Raises Paused."""
    try:
        return health.spend(account_id, endpoint, calls)
    except DayUsedUp as used_up:
        _ask_for_more(account_id, endpoint, used_up)
    return health.spend(account_id, endpoint, calls)


def _within_quota(account_id: int, endpoint: Endpoint, once: Callable[[], Result]) -> Result:
    """At the documented limit WeChat is asked for this account's own, which may be higher."""
    try:
        return health.watched(account_id, endpoint, once)
    except DayUsedUp as used_up:
        _ask_for_more(account_id, endpoint, used_up)
    return health.watched(account_id, endpoint, once)


def _ask_for_more(account_id: int, endpoint: Endpoint, used_up: DayUsedUp) -> None:
    if endpoint is QUOTA:
        raise used_up
    if not _has_more(account_id, endpoint):
        health.pause(account_id, endpoint.api, used_up.until, DAY_USED_UP)
        raise used_up


def _has_more(account_id: int, endpoint: Endpoint) -> bool:
    answer = call(account_id, QUOTA, body={"cgi_path": endpoint.path})
    quota = given(answer, "quota", dict)
    health.learn_day_limit(account_id, endpoint, given(quota, "daily_limit", int))
    return given(quota, "remain", int) > 0
