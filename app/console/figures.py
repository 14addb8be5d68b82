"""How figures, shares and moments are written on the console's pages (faces.md 2.3–2.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.core import clock
from app.core.figures import FEW, NOT_KNOWN
from app.core.money import MINUS, yuan

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def count(value: int | None) -> str:
    """Thousands commas; what is not known is a dash, never a zero."""
    if value is None:
        return NOT_KNOWN
    return f"{value:,}" if value >= 0 else f"{MINUS}{-value:,}"


def shares(parts: Sequence[int]) -> list[str]:
    """Percentages by largest remainder, so that they sum to 100.0."""
    whole = sum(parts)
    if whole == 0:
        return [NOT_KNOWN for _ in parts]
    floors = [part * 1000 // whole for part in parts]
    by_remainder = sorted(range(len(parts)), key=lambda i: -(parts[i] * 1000 % whole))
    for i in by_remainder[: 1000 - sum(floors)]:
        floors[i] += 1
    return [f"{tenths // 10}.{tenths % 10}%" for tenths in floors]


def change(now: int, before: int) -> str:
    """How much more or less than before, in percent; counts where a percentage would mislead."""
    if before < FEW:
        return f"{_signed(now - before)} 次"
    tenths = round((now - before) * 1000 / before)
    return f"{'+' if tenths >= 0 else MINUS}{abs(tenths) / 10:.1f}%"


def _signed(value: int) -> str:
    return f"+{value:,}" if value >= 0 else f"{MINUS}{-value:,}"


def wall_clock(at: datetime) -> str:
    """`14:31` on the brand's clock."""
    return f"{clock.local(at):%H:%M}"


def day(at: datetime) -> str:
    """`11月22日 周日`."""
    local = clock.local(at)
    return f"{local.month}月{local.day}日 {WEEKDAYS[local.weekday()]}"


def moment(at: datetime | None) -> str:
    """`今天 14:31`, `昨天 19:02`, `11月19日 10:00`, with the year when it is another."""
    return NOT_KNOWN if at is None else f"{day_name(at)} {clock.local(at):%H:%M}"


def day_name(at: datetime) -> str:
    """`今天`, `昨天`, `11月19日`, with the year when it is another."""
    then, today = clock.local(at), clock.local(clock.now())
    days_ago = (today.date() - then.date()).days
    year = "" if then.year == today.year else f"{then.year}年"
    name = {0: "今天", 1: "昨天", -1: "明天"}.get(days_ago)
    return name or f"{year}{then.month}月{then.day}日"


def days_ago(at: datetime | None) -> str:
    """`今天`, `昨天`, `52 天前`: whole local days."""
    if at is None:
        return NOT_KNOWN
    days = (clock.local(clock.now()).date() - clock.local(at).date()).days
    return {0: "今天", 1: "昨天"}.get(days, f"{days:,} 天前")


def machine_moment(at: datetime) -> str:
    """`2026-11-22 14:31:50`, for rows that are compared with logs."""
    return f"{clock.local(at):%Y-%m-%d %H:%M:%S}"


FILTERS = {
    "count": count,
    "yuan": yuan,
    "wall_clock": wall_clock,
    "day": day,
    "moment": moment,
    "machine_moment": machine_moment,
    "day_name": day_name,
    "days_ago": days_ago,
}
