"""The only place that asks what time it is."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_moved = timedelta()


def now() -> datetime:
    """The moment, aware, in UTC."""
    return datetime.now(UTC) + _moved  # noqa: TID251 - the one place


def stamp() -> int:
    """The moment in whole seconds since 1970, as WeChat stamps its messages."""
    return int(time.time() + _moved.total_seconds())


def move(by: timedelta) -> None:
    """Shift the process's clock; tests and the sandbox's story use it, nothing else."""
    global _moved
    _moved = by


def local(at: datetime, zone: ZoneInfo = SHANGHAI) -> datetime:
    """The same moment on the brand's wall clock."""
    return at.astimezone(zone)


def business_day(at: datetime, zone: ZoneInfo = SHANGHAI) -> date:
    """The calendar day a shop would call it."""
    return local(at, zone).date()


def day_bounds(day: date, zone: ZoneInfo = SHANGHAI) -> tuple[datetime, datetime]:
    """The half-open interval [from, until) of a business day, in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)
