"""Reading standings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import session
from app.points.models import MemberTier, Tier
from app.points.queries.holdings import balances_of, holdings


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
    mine = select(MemberTier.member_id, MemberTier.tier_id).where(
        MemberTier.member_id.in_(member_ids)
    )
    return {row.member_id: row.tier_id for row in session.execute(mine)}


def ladder() -> list[Tier]:
    """The brand's tiers, lowest first."""
    return list(session.scalars(select(Tier).order_by(Tier.rank)))


def standing(member_id: int) -> Standing:
    """Where one member stands."""
    return standings([member_id])[member_id]


def standings(member_ids: Collection[int]) -> dict[int, Standing]:
    """Where each of these members stands, in two queries however many they are."""
    steps = ladder()
    return {
        member_id: _standing(steps, held.tier_id, held.spent_fen, held.balances.shown)
        for member_id, held in holdings(member_ids).items()
    }


def _standing(steps: list[Tier], tier_id: int | None, spent: int, points: int) -> Standing:
    place = next((i for i, step in enumerate(steps) if step.id == tier_id), 0)
    above = steps[place + 1] if place + 1 < len(steps) else None
    return Standing(
        tier_name=steps[place].name if steps else "会员",
        rank=place,
        points=points,
        spent_fen=spent,
        next_tier_name=above.name if above else None,
        missing_fen=max(above.spend_fen - spent, 0) if above else None,
    )
