"""Whose sale an order is, as a pure function of its facts and a rule. No session, no clock.

A rule divides an order into parts of basis points. Each part goes whole to the first of its
steps that finds a guide, else to the store itself: nobody's sale is a row too, so sums hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

WHOLE = 10_000  # basis points
STORE = "store"  # the way of a part that no step gave to a guide


class Way(StrEnum):
    """How a guide comes to a sale."""

    SELLER = "seller"  # the till names her
    SCAN = "scan"  # she took the shopper's scan in this store
    OWNER = "owner"  # the shopper's own guide at the moment of sale
    TOUCH = "touch"  # the last guide who did something with the shopper
    PROMOTER = "promoter"  # the guide whose own code brought her first


@dataclass(frozen=True)
class Step:
    """One way, and how many business days before the sale it still counts; 0 is the same day,
    None for ever. The ways without a moment of their own take no days."""

    way: Way
    days: int | None = None


@dataclass(frozen=True)
class Part:
    """So many basis points of an order, and who is asked for in which order."""

    bp: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Rule:
    """All parts of an order: 10,000 basis points. Version 0 is the product's own."""

    version: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A guide had to do with her, so many business days before the sale."""

    staff_id: int
    days: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of an order. Lists come newest first. `net_fen`: paid less returned."""

    order_id: int
    store_id: int
    net_fen: int
    seller: int | None = None
    owner: int | None = None
    scans: tuple[Seen, ...] = ()
    touches: tuple[Seen, ...] = ()
    promoters: tuple[Seen, ...] = ()  # one at most


@dataclass(frozen=True, slots=True)
class Share:
    """A part of an order and whose it is; the store's own where `staff_id` is None."""

    staff_id: int | None
    way: str
    bp: int
    fen: int


FIRST = Rule(
    0,
    (
        Part(
            WHOLE,
            (
                Step(Way.SELLER),
                Step(Way.SCAN, 0),
                Step(Way.OWNER),
                Step(Way.TOUCH, 7),
                Step(Way.PROMOTER),
            ),
        ),
    ),
)


def attribute(facts: Facts, rule: Rule) -> list[Share]:
    """The order's shares, one a part, in the rule's order: together what was sold, to the fen."""
    fens = split(facts.net_fen, [part.bp for part in rule.parts])
    found = (_first(facts, part.steps) for part in rule.parts)
    return [
        Share(staff_id, way, part.bp, fen)
        for part, fen, (staff_id, way) in zip(rule.parts, fens, found, strict=True)
    ]


def split(fen: int, weights: Sequence[int]) -> list[int]:
    """Divide by largest remainder: each gets its part rounded towards zero, and what is left
    over goes fen by fen to the largest remainders, of equal ones to the earlier part."""
    whole, amount, sign = sum(weights), abs(fen), 1 if fen >= 0 else -1
    parts = [amount * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in by_rest[: amount - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def _first(facts: Facts, steps: Sequence[Step]) -> tuple[int | None, str]:
    for step in steps:
        staff_id = FINDERS[step.way](facts, step.days)
        if staff_id is not None:
            return staff_id, step.way
    return None, STORE


def _newest(seen: Sequence[Seen], days: int | None) -> int | None:
    near = (each.staff_id for each in seen if days is None or 0 <= each.days <= days)
    return next(near, None)


FINDERS: Mapping[Way, Callable[[Facts, int | None], int | None]] = {
    Way.SELLER: lambda facts, _: facts.seller,
    Way.SCAN: lambda facts, days: _newest(facts.scans, days),
    Way.OWNER: lambda facts, _: facts.owner,
    Way.TOUCH: lambda facts, days: _newest(facts.touches, days),
    Way.PROMOTER: lambda facts, days: _newest(facts.promoters, days),
}
