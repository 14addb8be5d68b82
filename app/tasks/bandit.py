"""In which order scripts are shown: Thompson sampling on use → purchase, with a floor for new ones.

Each draw asks what a script's rate might be, given what is known of it, and the best answer goes
first: a better one is shown more the surer that is. Whatever the draws say, a new one stands first
in `FLOOR` of them, or it would never be known. Pure, and the same for the same seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

NEW_UNDER = 10  # uses: below that no figure is shown either
FLOOR = 0.2


@dataclass(frozen=True)
class Arm:
    """A script: how often it was used, how many of these have had their time, and how many of
    those were followed by a purchase. A use of yesterday has failed nobody yet."""

    script_id: int
    uses: int
    trials: int
    wins: int

    @property
    def is_new(self) -> bool:
        """Whether too little is known of it."""
        return self.uses < NEW_UNDER


def order(arms: Sequence[Arm], seed: str) -> list[int]:
    """The scripts' ids, the one to show first at the head."""
    dice = random.Random(seed)  # noqa: S311 - a lot, not a secret
    by_id = sorted(arms, key=lambda arm: arm.script_id)
    drawn = {arm.script_id: _draw(arm, dice) for arm in by_id}
    ranked = sorted(by_id, key=lambda arm: -drawn[arm.script_id])
    new = [arm for arm in ranked if arm.is_new]
    if new and dice.random() < FLOOR:
        ranked.remove(new[0])
        ranked.insert(0, new[0])
    return [arm.script_id for arm in ranked]


def _draw(arm: Arm, dice: random.Random) -> float:
    return dice.betavariate(1 + arm.wins, 1 + arm.trials - arm.wins)
