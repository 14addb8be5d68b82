"""What becomes of a tier when a period, a grace or a grant is over. Reading and writing both ask
here, and each review is judged by the moment it was due: it is the same however late it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.points.models import MemberTier, StepWhy, Tier
from app.points.tier_policy import TierPolicy

Counted = Callable[[datetime], int]  # what counts in the window that ends at a moment, in fen


@dataclass(frozen=True)
class Held:
    """What she earned and until when it is kept; and what was given to her by hand."""

    earned: Tier
    keeps_until: datetime | None
    granted: Tier | None = None
    granted_until: datetime | None = None

    @property
    def tier(self) -> Tier:
        """The higher of the two."""
        return max((step for step in (self.earned, self.granted) if step), key=_rank)

    def review_at(self, policy: TierPolicy) -> datetime | None:
        """When it is looked at again; None: never. Without a window a tier does not end."""
        has_end = policy.window_months and self.keeps_until is not None
        ends = policy.falls_at(self.keeps_until) if has_end and self.keeps_until else None
        return min((at for at in (ends, self.granted_until) if at), default=None)


@dataclass(frozen=True)
class Review:
    """One review, at the moment it was due."""

    why: StepWhy
    held: Held
    at: datetime


def held_of(row: MemberTier, steps: Mapping[int, Tier]) -> Held:
    """What a member's row says."""
    granted = steps[row.granted_tier_id] if row.granted_tier_id else None
    return Held(steps[row.earned_tier_id], row.keeps_until, granted, row.granted_until)


def highest(steps: Iterable[Tier], fen: int) -> Tier:
    """The highest step that so much reaches."""
    return max((step for step in steps if step.spend_fen <= max(fen, 0)), key=_rank)


def earning(to: Tier, held: Held, at: datetime, policy: TierPolicy) -> Held:
    """What she holds once she has earned that step, for a period from then on."""
    return replace(held, earned=to, keeps_until=policy.keeps_until(at) if to.rank > 0 else None)


def reviews(
    held: Held, now: datetime, policy: TierPolicy, steps: Iterable[Tier], counted: Counted
) -> Iterator[Review]:
    """All reviews that are due until now, the earliest first."""
    while (due := held.review_at(policy)) is not None and due <= now:
        if held.granted_until == due:
            held = replace(held, granted=None, granted_until=None)
            yield Review(StepWhy.GRANT_ENDED, held, due)
            continue
        to = highest(steps, counted(due))
        why = StepWhy.KEPT if to.rank >= held.earned.rank else StepWhy.PERIOD_END
        held = earning(to, held, due, policy)
        yield Review(why, held, due)


def _rank(step: Tier) -> int:
    return step.rank
