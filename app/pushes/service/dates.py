"""When a push is due: arithmetic on the brand's wall clock, no database, no clock."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from app.pushes.models import Push


def next_due(push: Push, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment later than `after`; None when there is none any more."""
    if push.once_at is not None:
        return push.once_at if push.once_at > after else None
    local = after.astimezone(zone)
    due = _in_month(push, local.year, local.month, zone)
    return due if due > after else _in_month(push, *_month_after(local), zone)


def latest_due(push: Push, now: datetime, zone: ZoneInfo) -> datetime:
    """The last moment not later than `now`: months missed in a row make one late run."""
    if push.once_at is not None:
        return push.once_at
    local = now.astimezone(zone)
    due = _in_month(push, local.year, local.month, zone)
    return due if due <= now else _in_month(push, *_month_before(local), zone)


def period(push: Push, due: datetime, zone: ZoneInfo) -> str:
    """What a run is the only one of: its month, or its minute."""
    form = "%Y-%m" if push.once_at is None else "%Y-%m-%dT%H:%M"
    return due.astimezone(zone).strftime(form)


def _in_month(push: Push, year: int, month: int, zone: ZoneInfo) -> datetime:
    """A month without that day uses its last one."""
    if push.day_of_month is None or push.at_time is None:
        raise ValueError("a monthly push has a day and a time")
    day = min(push.day_of_month, monthrange(year, month)[1])
    return datetime.combine(date(year, month, day), push.at_time, zone).astimezone(UTC)


def _month_after(local: datetime) -> tuple[int, int]:
    return (local.year, local.month + 1) if local.month < 12 else (local.year + 1, 1)


def _month_before(local: datetime) -> tuple[int, int]:
    return (local.year, local.month - 1) if local.month > 1 else (local.year - 1, 12)
