"""A small line of results over time, with its normal band: places in a picture of 320 x 120."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.members.service.measures import Series

WIDTH, HEIGHT, SIDE, TOP, FOOT = 320, 120, 22, 24, 22


@dataclass(frozen=True)
class Dot:
    """A result in the picture."""

    x: int
    y: int
    shown: str
    month: int


@dataclass(frozen=True)
class Chart:
    """What the page draws; `band` is top and height of the normal band."""

    dots: Sequence[Dot]
    band: tuple[int, int] | None

    @property
    def line(self) -> str:
        """The points of a polyline."""
        return " ".join(f"{dot.x},{dot.y}" for dot in self.dots)


def chart(series: Series) -> Chart | None:
    """None for a choice, and for fewer than two results: one dot is no line."""
    numbers = [(each, each.number) for each in series.results if each.number is not None]
    if len(numbers) < 2:
        return None
    kind = series.kind
    normal = [edge for edge in (kind.normal_low, kind.normal_high) if edge is not None]
    values = [*(number for _, number in numbers), *normal]
    low, high = min(values), max(values)

    def y(value: Decimal) -> int:
        span = high - low or Decimal(1)
        return round(HEIGHT - FOOT - (value - low) / span * (HEIGHT - FOOT - TOP))

    step = (WIDTH - 2 * SIDE) / (len(numbers) - 1)
    dots = [
        Dot(round(SIDE + place * step), y(number), each.shown, each.at.month)
        for place, (each, number) in enumerate(numbers)
    ]
    band = (y(normal[1]), max(y(normal[0]) - y(normal[1]), 1)) if normal else None
    return Chart(dots, band)
