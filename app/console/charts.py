"""The geometry of the console's small drawings; templates put it into inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 178
LEFT, RIGHT, TOP, BOTTOM = 50, 634, 16, 150
STEPS = 3
OPEN_FROM, OPEN_UNTIL = 9, 21


@dataclass(frozen=True)
class Part:
    """One part of a whole: its colour class, its people, and where its rectangle lies."""

    tone: str
    label: str
    count: int
    start: str
    width: str


@dataclass(frozen=True)
class Bar:
    """One hour of today, with what the same hour had a week ago."""

    hour: int
    count: int
    before: int
    x: float
    y: float
    width: float
    height: float
    is_finished: bool

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Hours:
    """Today's scans by hour against the same weekday last week."""

    bars: Sequence[Bar]
    ticks: Sequence[tuple[int, float]]
    before_points: str


def parts(rows: Sequence[tuple[str, str, int]]) -> list[Part]:
    """Lay (tone, label, count) side by side over 100 %; empty parts keep their row."""
    whole = sum(count for _, _, count in rows) or 1
    laid, done = [], 0
    for tone, label, count in rows:
        laid.append(Part(tone, label, count, percent(done, whole), percent(count, whole)))
        done += count
    return laid


def percent(part: int, whole: int) -> str:
    """How wide a part of the whole is drawn."""
    if not whole:
        return "0%"
    return f"{part * 100 / whole:.2f}%"


def hours(today: Mapping[int, int], before: Mapping[int, int], current_hour: int) -> Hours:
    """Bars for the opening hours, stretched to every hour in which somebody scanned."""
    shown = _span(today, before)
    top = _round_top(max([1, *today.values(), *before.values()]))
    slot = (RIGHT - LEFT) / len(shown)
    bars = [
        Bar(
            hour=hour,
            count=today.get(hour, 0),
            before=before.get(hour, 0),
            x=round(LEFT + slot * (place + 0.2), 1),
            y=_y(today.get(hour, 0), top),
            width=round(slot * 0.6, 1),
            height=round(BOTTOM - _y(today.get(hour, 0), top), 1),
            is_finished=hour < current_hour,
        )
        for place, hour in enumerate(shown)
    ]
    points = " ".join(f"{bar.middle},{_y(bar.before, top)}" for bar in bars)
    ticks = [(top * step // STEPS, _y(top * step // STEPS, top)) for step in range(STEPS + 1)]
    return Hours(bars, ticks, points)


def _span(*counts: Mapping[int, int]) -> range:
    busy = [hour for each in counts for hour, count in each.items() if count]
    return range(min([OPEN_FROM, *busy]), max([OPEN_UNTIL, *busy]) + 1)


def _y(value: int, top: int) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * value / top, 1)


def _round_top(value: int) -> int:
    """The smallest pleasant multiple of the grid's steps that holds the value."""
    unit = 1
    while True:
        for factor in (1, 2, 5):
            if value <= unit * factor * STEPS:
                return unit * factor * STEPS
        unit *= 10
