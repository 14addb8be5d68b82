"""Whose customer somebody is by a rule of the brand: ways, asked one after another. Data alone;
what they find is asked of the database for any number of members (`queries.deciding`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How a guide comes to a member."""

    EXCLUSIVE = "exclusive"  # the guide she has keeps her
    PROMOTER = "promoter"  # the guide whose own code brought her, before she was a member
    LAST_TOUCH = "last_touch"  # the last guide who served her, in whichever store
    SCAN_SERVED = "scan_served"  # who served her first, in the store of her first scan
    SCAN_LIGHTEST = "scan_lightest"  # who has the fewest members there
    FALLBACK = "fallback"  # whoever has nobody: who has the fewest in her own store


@dataclass(frozen=True)
class Step:
    """One way, and how many days back it looks; None: for ever. For the exclusive way: how long
    her guide keeps her after she last served her, sold to her, or was given her."""

    way: Way
    days: int | None = None


@dataclass(frozen=True)
class Rule:
    """Steps in their order. The first that finds somebody decides; where none does she stays as
    she is. Without steps nothing is decided by itself."""

    version: int
    steps: tuple[Step, ...]


NONE_YET = Rule(0, ())
SUGGESTED = (Step(Way.PROMOTER), Step(Way.LAST_TOUCH, 180))
