"""Counting calls against WeChat's quotas, per account and API, before WeChat has to say no.

The counts live in Valkey: losing them costs refusals by WeChat itself, which pause the API in
SQL (`health`), and nothing else.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import redis
import structlog

from app.core import clock, queue
from app.wechat.endpoints import Endpoint
from app.wechat.errors import Paused

log = structlog.get_logger()


class MinuteUsedUp(Paused):
    """So many calls of this API were made this minute."""


class DayUsedUp(Paused):
    """So many calls of this API were made today, by Shanghai's day."""


def spend(appid: str, endpoint: Endpoint, day_limit: int | None, calls: int = 1) -> None:
    """Count the calls. Raises MinuteUsedUp or DayUsedUp instead, when they are too many.

    `day_limit` is what WeChat said of this account; else the documented default holds.
    """
    day_limit = endpoint.a_day if day_limit is None else day_limit
    if endpoint.a_minute is None and day_limit is None:
        return
    now = clock.now()
    this_minute, today = _counted(appid, endpoint, now, calls)
    if endpoint.a_minute is not None and this_minute > endpoint.a_minute:
        next_minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        raise MinuteUsedUp("the minute's quota is used up", next_minute)
    if day_limit is not None and today > day_limit:
        tomorrow = clock.day_bounds(clock.business_day(now))[1]
        raise DayUsedUp("the day's quota is used up", tomorrow)


def used_today(appid: str, endpoint: Endpoint) -> int:
    """How many calls this installation has counted since midnight at Shanghai."""
    found = queue.connection().get(_day_key(appid, endpoint, clock.now()))
    return int(str(found, "ascii")) if isinstance(found, bytes) else 0


def forget(appid: str) -> None:
    """Begin to count anew: WeChat has cleared this account's quotas."""
    keys = list(queue.connection().scan_iter(f"huike:calls:{appid}:*"))
    if keys:
        queue.connection().delete(*keys)


def _counted(appid: str, endpoint: Endpoint, now: datetime, calls: int) -> tuple[int, int]:
    minute_key = f"huike:calls:{appid}:{endpoint.api}:{now:%Y%m%d%H%M}"
    day_key = _day_key(appid, endpoint, now)
    try:
        pipe = queue.connection().pipeline(transaction=False)
        for key, seconds in ((minute_key, 120), (day_key, 2 * 86400)):
            pipe.incrby(key, calls)
            pipe.expire(key, seconds)
        minute, _, day, _ = pipe.execute()
    except redis.RedisError:
        log.warning("quota.not_counted", path=endpoint.path)
        return 0, 0
    return minute, day


def _day_key(appid: str, endpoint: Endpoint, now: datetime) -> str:
    return f"huike:calls:{appid}:{endpoint.api}:{clock.business_day(now):%Y-%m-%d}"
