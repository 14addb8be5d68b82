"""Colours by lightness, chroma and hue (OKLCH), and how legible one is on another (WCAG 2)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

Triple = tuple[float, float, float]
# Björn Ottosson's OKLab matrices, 2021.
LINEAR_TO_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
LMS_TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
LAB_TO_LMS = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
LMS_TO_LINEAR = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)
LUMINANCE = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True)
class Colour:
    """One colour; `hue` in degrees."""

    lightness: float
    chroma: float
    hue: float

    @classmethod
    def parse(cls, hexadecimal: str) -> Colour:
        """Read `#rrggbb`."""
        lms = _times(LINEAR_TO_LMS, _linear(hexadecimal))
        lightness, a, b = _times(LMS_TO_LAB, _each_root(lms))
        return cls(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)

    def hexadecimal(self) -> str:
        """`#rrggbb`; what no screen can show is clipped to what it can."""
        angle = math.radians(self.hue)
        lab = (self.lightness, self.chroma * math.cos(angle), self.chroma * math.sin(angle))
        roots = _times(LAB_TO_LMS, lab)
        linear = _times(LMS_TO_LINEAR, (roots[0] ** 3, roots[1] ** 3, roots[2] ** 3))
        return "#" + "".join(f"{_byte(channel):02x}" for channel in linear)

    def lighter(self, by: float) -> Colour:
        """The same hue, lighter; darker when `by` is negative."""
        return replace(self, lightness=min(1.0, max(0.0, self.lightness + by)))


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast, 1 to 21."""
    first, second = sorted((_luminance(one), _luminance(other)))
    return (second + 0.05) / (first + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """`one` with a share of `other`, channel by channel."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(255 * (a + (b - a) * share)):02x}" for a, b in pairs)


def _luminance(hexadecimal: str) -> float:
    return sum(w * c for w, c in zip(LUMINANCE, _linear(hexadecimal), strict=True))


def _channels(hexadecimal: str) -> Triple:
    red, green, blue = bytes.fromhex(hexadecimal.removeprefix("#"))
    return red / 255, green / 255, blue / 255


def _linear(hexadecimal: str) -> Triple:
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in _channels(hexadecimal)
    )
    return red, green, blue


def _byte(linear: float) -> int:
    clipped = min(1.0, max(0.0, linear))
    curved = clipped * 12.92 if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055
    return round(255 * curved)


def _each_root(triple: Triple) -> Triple:
    first, second, third = triple
    return math.cbrt(first), math.cbrt(second), math.cbrt(third)


def _times(matrix: tuple[Triple, Triple, Triple], vector: Triple) -> Triple:
    first, second, third = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third
