"""Which APIs of which account rest for now, in SQL, so that every process spares them alike.

Two reasons: WeChat said "not now" (a quota, a set-up it refuses), or it did not answer several
times running. In the second case a breaker opens: calls fail at once instead of waiting eight
seconds each, until one probing call gets an answer. Other accounts and APIs go on unharmed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.brands.models import WechatAccount
from app.core import clock, db
from app.core.db import session
from app.wechat import http, quota
from app.wechat.endpoints import Endpoint
from app.wechat.errors import NoAnswer, Paused, Pauses, WeChatError, retry_at
from app.wechat.models import ApiHealth

log = structlog.get_logger()

EVERYTHING = "*"
OPENS_AFTER = 3  # silences running; 0 switches the breaker off
RUNNING = timedelta(seconds=60)  # a silence longer ago belongs to another story
OPEN_FOR, OPEN_AT_MOST = timedelta(seconds=15), timedelta(minutes=5)
PROBE = timedelta(seconds=10)  # longer than a call may take
UNTIL_MENDED = timedelta(minutes=10)

Result = TypeVar("Result")


@dataclass(frozen=True)
class Admitted:
    """What is known of the API while its call is made."""

    appid: str
    was_silent: bool
    is_probe: bool  # the breaker was open: the first call finds out for all
    day_limit: int | None


def watched(account_id: int, endpoint: Endpoint, call: Callable[[], Result]) -> Result:
    """Make the call and remember how it went. Raises Paused instead while the API rests."""
    http.refuse_inside_transaction()
    admitted = spend(account_id, endpoint)
    try:
        answer = call()
    except NoAnswer:
        note_silence(account_id, endpoint)
        raise
    except WeChatError as refusal:
        note_refusal(account_id, endpoint, refusal)
        raise
    if admitted.was_silent:
        note_answer(account_id, endpoint)
    return answer


def spend(account_id: int, endpoint: Endpoint, calls: int = 1) -> Admitted:
    """Whether the calls may be made now, counted as made. Raises Paused."""
    admitted = _admit(account_id, endpoint)
    quota.spend(admitted.appid, endpoint, admitted.day_limit, calls)
    return admitted


def _admit(account_id: int, endpoint: Endpoint) -> Admitted:
    concerns = (ApiHealth.account_id == WechatAccount.id) & ApiHealth.api.in_(
        (EVERYTHING, endpoint.api)
    )
    statement = select(WechatAccount.appid, ApiHealth).outerjoin(ApiHealth, concerns)
    with db.system_transaction():
        rows = session.execute(statement.where(WechatAccount.id == account_id)).all()
        known = [row.ApiHealth for row in rows if row.ApiHealth is not None]
        for health in known:
            _refuse_while_resting(health)
        limits = [one.day_limit for one in known if one.day_limit is not None]
        return Admitted(
            appid=rows[0].appid,
            was_silent=any(one.silences for one in known),
            is_probe=any(one.open_until is not None for one in known),
            day_limit=limits[0] if limits else None,
        )


def _refuse_while_resting(health: ApiHealth) -> None:
    now = clock.now()
    if health.paused_until is not None and health.paused_until > now:
        raise Paused(f"WeChat answered {health.errcode}", health.paused_until)
    if health.open_until is None:
        return
    if health.open_until > now:
        raise Paused("WeChat does not answer", health.open_until)
    if not _took_the_probe(health, now):
        raise Paused("somebody else finds out whether WeChat answers again", now + PROBE)


def _took_the_probe(health: ApiHealth, now: datetime) -> bool:
    """One call at a time finds out; the others wait for what it hears."""
    is_free = or_(ApiHealth.probe_until.is_(None), ApiHealth.probe_until <= now)
    mine = (ApiHealth.account_id == health.account_id) & (ApiHealth.api == health.api)
    probe = update(ApiHealth).where(mine, is_free).values(probe_until=now + PROBE)
    return session.execute(probe.returning(ApiHealth.api)).first() is not None


def note_silence(account_id: int, endpoint: Endpoint) -> None:
    """No answer came. The n-th running opens the breaker, each further one for longer."""
    now = clock.now()
    with db.system_transaction():
        health = _locked(account_id, endpoint.api)
        last = health.last_silence_at
        is_running = health.open_until is not None or (last is not None and now - last < RUNNING)
        health.silences = health.silences + 1 if is_running else 1
        health.last_silence_at, health.probe_until = now, None
        if OPENS_AFTER and health.silences >= OPENS_AFTER:
            health.open_until = now + _open_for(health.silences)
            log.error("wechat.breaker_opened", account_id=account_id, path=endpoint.path)


def _open_for(silences: int) -> timedelta:
    doubled: timedelta = OPEN_FOR * 2 ** min(silences - OPENS_AFTER, 10)
    return min(doubled, OPEN_AT_MOST)


def note_answer(account_id: int, endpoint: Endpoint) -> None:
    """It answers again: the breaker closes."""
    with db.system_transaction():
        _close(_locked(account_id, endpoint.api))


def note_refusal(account_id: int, endpoint: Endpoint, refusal: WeChatError) -> datetime:
    """A refusal is an answer too; some pause the API, or the whole account. Until when."""
    pauses, now = refusal.rule.pauses, clock.now()
    with db.system_transaction():
        answered = session.get(ApiHealth, (account_id, endpoint.api), with_for_update=True)
        if answered is not None:
            _close(answered)
    if pauses is Pauses.NOTHING:
        return now
    until = retry_at(refusal.errcode, now) or now + UNTIL_MENDED
    api = EVERYTHING if pauses is Pauses.ACCOUNT else endpoint.api
    pause(account_id, api, until, refusal.errcode, refusal.rid)
    return until


def pause(account_id: int, api: str, until: datetime, errcode: int, rid: str | None = None) -> None:
    """Let an API rest, or with '*' the whole account, and say why."""
    with db.system_transaction():
        health = _locked(account_id, api)
        health.paused_until, health.errcode, health.rid = until, errcode, rid
    log.error("wechat.paused", account_id=account_id, path=api, errcode=errcode)


def resume(account_id: int, *, errcode: int | None = None) -> None:
    """End the account's rests, all of them or those for one code: a person mended the cause."""
    mine = [ApiHealth.account_id == account_id]
    if errcode is not None:
        mine.append(ApiHealth.errcode == errcode)
    ended = update(ApiHealth).where(*mine)
    with db.system_transaction():
        session.execute(ended.values(paused_until=None, open_until=None, silences=0))


def learn_day_limit(account_id: int, endpoint: Endpoint, limit: int) -> None:
    """What WeChat said this account may call a day, which grows with its fans."""
    with db.system_transaction():
        _locked(account_id, endpoint.api).day_limit = limit


def _close(health: ApiHealth) -> None:
    health.silences, health.open_until, health.probe_until = 0, None, None


def _locked(account_id: int, api: str) -> ApiHealth:
    new = insert(ApiHealth).values(account_id=account_id, api=api)
    session.execute(new.on_conflict_do_nothing())
    key = (account_id, api)
    return session.get_one(ApiHealth, key, with_for_update=True, populate_existing=True)
