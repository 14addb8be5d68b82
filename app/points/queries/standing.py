"""Reading standings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from app.core import clock
from app.core.db import session
from app.points.models import Tier
from app.points.queries.growth import Place, counted, place_among, places
from app.points.queries.holdings import balances_of, holdings
from app.points.tier_policy import TierPolicy


@dataclass(frozen=True)
class Standing:
    """Where a member stands on the ladder."""

    tier_name: str
    rank: int
    points: int
    spent_fen: int
    next_tier_name: str | None
    missing_fen: int | None


def balance(member_id: int) -> int:
    """Points as her card shows them: what she can use, less what she owes."""
    return balances_of(member_id).shown


def balances(member_ids: Collection[int]) -> dict[int, int]:
    """The same of many."""
    return {each: held.balances.shown for each, held in holdings(member_ids).items()}


def tier_ids(member_ids: Collection[int]) -> dict[int, int]:
    """The tier of each of these members; one who never bought is missing."""
    return {member_id: place.tier.id for member_id, place in places(member_ids).items()}


def ladder() -> list[Tier]:
    """The brand's tiers, lowest first."""
    return list(session.scalars(select(Tier).order_by(Tier.rank)))


def standing(member_id: int) -> Standing:
    """Where one member stands."""
    return standings([member_id])[member_id]


def standings(member_ids: Collection[int]) -> dict[int, Standing]:
    """Where each of these members stands, in a fixed number of queries however many they are."""
    steps, held = ladder(), holdings(member_ids)
    by_id = {step.id: step for step in steps}
    policy = next((each.policy for each in held.values()), TierPolicy())
    spent = counted(member_ids, policy, clock.now()) if policy.window_months else {}
    found = {}
    for member_id, holding in held.items():
        row, place = holding.tier, None
        if row is not None:
            fen = spent.get(member_id, 0) if policy.window_months else row.spent_fen
            place = place_among(row, by_id, max(fen, 0), policy)
        found[member_id] = _standing(steps, place, holding.balances.shown)
    return found


def _standing(steps: list[Tier], stands: Place | None, points: int) -> Standing:
    rank = stands.tier.rank if stands else 0
    place = next((i for i, step in enumerate(steps) if step.rank == rank), 0)
    spent = stands.spent_fen if stands else 0
    above = steps[place + 1] if place + 1 < len(steps) else None
    return Standing(
        tier_name=steps[place].name if steps else "会员",
        rank=place,
        points=points,
        spent_fen=spent,
        next_tier_name=above.name if above else None,
        missing_fen=max(above.spend_fen - spent, 0) if above else None,
    )
