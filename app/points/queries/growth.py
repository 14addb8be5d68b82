"""What counts towards the tiers, who stands where, and what will become of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import func, select

from app.core import clock
from app.core.db import session
from app.points import rights
from app.points.models import GrowthEntry, MemberTier, Tier, TierStep
from app.points.queries.reviewing import Held, Review, held_of, highest, reviews
from app.points.rights import Rights
from app.points.tier_policy import TierPolicy, tier_policy


@dataclass(frozen=True)
class Place:
    """A member's tier at a moment, whether or not anybody has written it down yet."""

    tier: Tier
    spent_fen: int
    keeps_until: datetime | None = None
    granted_until: datetime | None = None


@dataclass(frozen=True)
class Outlook:
    """What becomes of her tier. `projected` is the tier after her period if she buys nothing
    more; `keep_missing_fen` is what she lacks to keep the one she has."""

    place: Place
    falls_at: datetime | None
    projected: Tier
    keep_missing_fen: int


def counted(
    member_ids: Collection[int], policy: TierPolicy, at: datetime, *, until: datetime | None = None
) -> dict[int, int]:
    """What counts for each of them in the window that ends at that moment, in fen; of what came
    `until` then, where it matters what came later."""
    sums = select(GrowthEntry.member_id, func.sum(GrowthEntry.fen)).where(
        GrowthEntry.member_id.in_(member_ids), GrowthEntry.kind.in_(policy.kinds())
    )
    since = policy.since(at)
    if since is not None:
        sums = sums.where(GrowthEntry.at >= since)
    if until is not None:
        sums = sums.where(GrowthEntry.at <= until)
    return {row[0]: int(row[1]) for row in session.execute(sums.group_by(GrowthEntry.member_id))}


def counted_then(member_id: int, policy: TierPolicy, at: datetime) -> int:
    """What counted for her at that moment, as far as it is known today."""
    return counted([member_id], policy, at, until=at).get(member_id, 0)


def reached(spent_fen: int) -> Tier:
    """The highest step that so much reaches."""
    return highest(session.scalars(select(Tier)), spent_fen)


def place_among(
    row: MemberTier, steps: Mapping[int, Tier], spent_fen: int, policy: TierPolicy
) -> Place:
    """Where she stands now: a period or a grant that is over is over, whether or not anybody has
    written it down."""
    if row.review_at is None or row.review_at > clock.now():
        return Place(steps[row.tier_id], spent_fen, row.keeps_until, row.granted_until)
    whole = select(MemberTier).filter_by(member_id=row.member_id)
    held = held_of(session.scalars(whole).one(), steps)
    for review in due_reviews(row.member_id, held, policy, steps.values()):
        held = review.held
    return Place(held.tier, spent_fen, held.keeps_until, held.granted_until)


def due_reviews(
    member_id: int, held: Held, policy: TierPolicy, steps: Iterable[Tier]
) -> Iterator[Review]:
    """What has come due for her until now."""
    then = partial(counted_then, member_id, policy)
    return reviews(held, clock.now(), policy, list(steps), then)


def places(member_ids: Collection[int]) -> dict[int, Place]:
    """Where each of them stands; one who never bought is missing."""
    of_them = select(MemberTier).where(MemberTier.member_id.in_(member_ids))
    rows = session.scalars(of_them, execution_options={"populate_existing": True}).all()
    if not rows:
        return {}
    policy = tier_policy()
    steps = {step.id: step for step in session.scalars(select(Tier))}
    spent = counted(member_ids, policy, clock.now()) if policy.window_months else {}
    return {
        row.member_id: place_among(
            row,
            steps,
            max(spent.get(row.member_id, 0), 0) if policy.window_months else row.spent_fen,
            policy,
        )
        for row in rows
    }


def rights_of_many(member_ids: Collection[int]) -> dict[int, Rights]:
    """What the tier of each of them gives; one who never bought has the lowest tier's."""
    found = places(member_ids)
    lowest = session.scalar(select(Tier).order_by(Tier.rank).limit(1))
    given = {each: found[each].tier if each in found else lowest for each in member_ids}
    return {each: rights.of_tier(tier) for each, tier in given.items() if tier is not None}


def rights_of(member_id: int) -> Rights | None:
    """What her tier gives; None where the brand has no tiers."""
    return rights_of_many([member_id]).get(member_id)


def outlook(member_id: int) -> Outlook | None:
    """What becomes of her tier; None for one who never bought."""
    place = places([member_id]).get(member_id)
    if place is None:
        return None
    policy = tier_policy()
    ends_at = place.granted_until or place.keeps_until
    if ends_at is None:
        return Outlook(place, None, place.tier, 0)
    falls_at = ends_at if place.granted_until else policy.falls_at(ends_at)
    later = place.spent_fen
    if policy.window_months:
        later = counted([member_id], policy, falls_at).get(member_id, 0)
    return Outlook(
        place, falls_at, reached(max(later, 0)), max(place.tier.spend_fen - max(later, 0), 0)
    )


def steps_of(member_id: int) -> list[TierStep]:
    """Her history, newest first."""
    hers = select(TierStep).filter_by(member_id=member_id)
    return list(session.scalars(hers.order_by(TierStep.at.desc(), TierStep.id.desc())))
