"""Who stands where, as pure functions: per chance, compared by multiplying, ties equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction


@dataclass(frozen=True)
class Side:
    """A team or a guide by herself. `place` None: too few chances to be placed."""

    name: str
    staff_ids: tuple[int, ...]
    chances: int
    value: int
    place: int | None = None

    @property
    def size(self) -> int:
        """How many people."""
        return len(self.staff_ids)

    @property
    def per_chance(self) -> Fraction:
        """Exact; nothing without a chance."""
        return Fraction(self.value, self.chances) if self.chances else Fraction(0)


def placed(sides: Sequence[Side], least: int) -> list[Side]:
    """The best first; of equals all have the first's place, and stand by their names. Sides with
    fewer than `least` chances come last without one."""
    enough = sorted(
        (side for side in sides if side.chances >= least),
        key=lambda side: (-side.per_chance, side.name),
    )
    firsts: dict[Fraction, int] = {}
    for number, side in enumerate(enough, start=1):
        firsts.setdefault(side.per_chance, number)
    few = sorted((side for side in sides if side.chances < least), key=lambda side: side.name)
    return [*(replace(side, place=firsts[side.per_chance]) for side in enough), *few]


def upper_half(sides: Sequence[Side]) -> list[Side]:
    """Those whose places are shown: the better half of the placed, ties included."""
    found = [side for side in sides if side.place is not None]
    last = found[(len(found) - 1) // 2].per_chance if found else Fraction(0)
    return [side for side in found if side.per_chance >= last]


def rival(mine: Side, sides: Sequence[Side]) -> Side | None:
    """Whom to catch up with: the next better one whose place is shown."""
    better = [side for side in upper_half(sides) if side.per_chance > mine.per_chance]
    return better[-1] if better else None


def missing(mine: Side, other: Side) -> int:
    """How much more of the value, with the chances she has, makes her the other's equal."""
    wanted = Fraction(other.value * mine.chances, other.chances)
    return max(-(-wanted.numerator // wanted.denominator) - mine.value, 0)
