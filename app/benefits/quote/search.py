"""The best combination: branch and bound, exact, over offers in the order in which they work.

Every offer is first taken, then left. A branch is dropped when even what its remaining offers would
be worth alone, on the untouched basket, one of each group, cannot beat the best found so far: by
the promise of `effects` none of them can be worth more later. It starts from a greedy choice, so
that most branches are dropped at once.

The best is worth most; of equals it uses the fewest coupons, then those that end soonest, then the
smallest keys. Twelve coupons have at most 2^12 branches, so they are always searched to the end.
Beyond `MOST_STEPS` the best so far is answered and says that it may not be the best
(`is_exact`): every rule still holds for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.benefits.quote.effects import Effect, Left, effect
from app.benefits.quote.offers import Offer

MOST_STEPS = 4096


@dataclass(frozen=True, slots=True)
class Combination:
    """Offers by their place in the list, what each did, and what they are worth together."""

    chosen: tuple[int, ...] = ()
    effects: tuple[Effect, ...] = ()
    worth_fen: int = 0


@dataclass(slots=True)
class Search:
    """One search over one list of offers; `groups` hold a bit for each exclusive group."""

    offers: Sequence[Offer]
    root: Left
    most: int
    worths: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    best: Combination = Combination()
    steps: int = 0

    def run(self) -> Combination:
        """The best combination there is, or the best found within `MOST_STEPS`."""
        self.worths = [_worth(effect(offer, self.root)) for offer in self.offers]
        self.groups = _group_bits(self.offers)
        self._keep(self.combine(self._greedy()))
        self._walk(0, self.root, Combination(), 0)
        return self.best

    @property
    def is_exact(self) -> bool:
        """Whether nothing was left unsearched."""
        return self.steps <= MOST_STEPS

    def combine(self, chosen: Sequence[int]) -> Combination:
        """These offers, one after another; those that would do nothing are left out."""
        made, left = Combination(), self.root
        for index in chosen:
            done = effect(self.offers[index], left)
            if done is not None:
                made, left = _with(made, index, done), done.after
        return made

    def _greedy(self) -> list[int]:
        """Dearest first, as long as they go together."""
        chosen: list[int] = []
        taken = 0
        for index in sorted(range(len(self.offers)), key=lambda i: -self.worths[i]):
            if self._may_join(index, len(chosen), taken):
                chosen.append(index)
                taken |= self.groups[index]
                if self.offers[index].stacking.is_alone:
                    break
        return sorted(chosen)

    def _may_join(self, index: int, count: int, taken: int) -> bool:
        is_apart = self.offers[index].stacking.is_alone and count > 0
        return self.worths[index] > 0 and not is_apart and self._has_room(index, count, taken)

    def _has_room(self, index: int, count: int, taken: int) -> bool:
        return count < self.most and not taken & self.groups[index]

    def _walk(self, start: int, left: Left, made: Combination, taken: int) -> None:
        """All that can follow `made`; its depth is the number of coupons used."""
        for index in range(start, len(self.offers)):
            self.steps += 1
            if not self.is_exact or not self._can_win(index, left, made, taken):
                return
            if self._may_join(index, len(made.chosen), taken):
                self._take(index, left, made, taken)

    def _take(self, index: int, left: Left, made: Combination, taken: int) -> None:
        done = effect(self.offers[index], left)
        if done is None:
            return
        more = _with(made, index, done)
        self._keep(more)
        if not self.offers[index].stacking.is_alone:
            self._walk(index + 1, done.after, more, taken | self.groups[index])

    def _can_win(self, index: int, left: Left, made: Combination, taken: int) -> bool:
        """Whether what is still to come could lead past the best, or level with it by fewer."""
        promised = self._promises(index, len(made.chosen), taken)
        room = left.shipping_fen + min(sum(left.open_fen), left.cap_fen)
        most = min(sum(promised), room + self._gifts(index))
        missing = self.best.worth_fen - made.worth_fen
        if most != missing:
            return most > missing
        return most > 0 and len(made.chosen) + _fewest(promised, missing) <= len(self.best.chosen)

    def _promises(self, index: int, count: int, taken: int) -> list[int]:
        """The most that the offers to come can be worth, one a group, dearest first."""
        most: dict[int, int] = {}
        for place in range(index, len(self.offers)):
            group = self.groups[place]
            if self._may_join(place, count, taken) and self.worths[place] > most.get(group, 0):
                most[group] = self.worths[place]
        return sorted(most.values(), reverse=True)[: self.most - count]

    def _gifts(self, index: int) -> int:
        return sum(getattr(offer.gives, "worth_fen", 0) for offer in self.offers[index:])

    def _keep(self, made: Combination) -> None:
        if self.rank(made) < self.rank(self.best):
            self.best = made

    def rank(self, made: Combination) -> tuple[Any, ...]:
        """Smaller is better."""
        used = [self.offers[index] for index in made.chosen]
        ends = sorted((offer.ends_at, offer.key) for offer in used)
        return -made.worth_fen, len(used), ends


def _with(made: Combination, index: int, done: Effect) -> Combination:
    return Combination(
        (*made.chosen, index), (*made.effects, done), made.worth_fen + done.worth_fen
    )


def _worth(done: Effect | None) -> int:
    return done.worth_fen if done else 0


def _group_bits(offers: Sequence[Offer]) -> list[int]:
    """A bit for each group; an offer without one is a group of its own."""
    names = [offer.stacking.group or place for place, offer in enumerate(offers)]
    numbers: dict[str | int, int] = {}
    return [1 << numbers.setdefault(name, len(numbers)) for name in names]


def _fewest(promised: Sequence[int], missing: int) -> int:
    """How many of them at least make up what is missing."""
    count = total = 0
    while total < missing and count < len(promised):
        total += promised[count]
        count += 1
    return count
