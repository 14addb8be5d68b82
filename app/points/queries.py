"""Reading balances and standings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select, text

from app.core import db
from app.core.db import session
from app.points.models import AccountKind, MemberTier, PointsAccount, PointsTransfer, Tier

HELD = """
SELECT asked.member_id, tier.tier_id, COALESCE(tier.spent_fen, 0) AS spent_fen,
       COALESCE(account.balance, 0) AS points
FROM unnest(CAST(:members AS bigint[])) AS asked (member_id)
LEFT JOIN member_tiers tier ON tier.brand_id = :brand AND tier.member_id = asked.member_id
LEFT JOIN points_accounts account
       ON account.brand_id = :brand AND account.member_id = asked.member_id
      AND account.kind = 'available'
"""


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
    """Points she can use."""
    return balances([member_id]).get(member_id, 0)


def balances(member_ids: Collection[int]) -> dict[int, int]:
    """Points by member; one without an account is missing."""
    mine = select(PointsAccount.member_id, PointsAccount.balance).where(
        PointsAccount.member_id.in_(member_ids), PointsAccount.kind == AccountKind.AVAILABLE
    )
    return {member_id: points for member_id, points in session.execute(mine) if member_id}


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
    found = session.execute(
        text(HELD), {"brand": db.current_brand_id(), "members": list(member_ids)}
    )
    held = {row.member_id: row for row in found}
    return {
        member_id: _standing(steps, row.tier_id, row.spent_fen, row.points)
        for member_id, row in held.items()
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


def totals() -> tuple[int, int]:
    """(points moved to members, sum of all cached balances): the second must be nought."""
    moved = session.scalar(select(func.coalesce(func.sum(PointsTransfer.amount), 0)))
    cached = session.scalar(select(func.coalesce(func.sum(PointsAccount.balance), 0)))
    return int(moved or 0), int(cached or 0)


def mismatches() -> list[int]:
    """Accounts whose cached balance differs from the sum of their movements."""
    into = (
        select(PointsTransfer.credit_id, func.sum(PointsTransfer.amount).label("amount"))
        .group_by(PointsTransfer.credit_id)
        .subquery()
    )
    out = (
        select(PointsTransfer.debit_id, func.sum(PointsTransfer.amount).label("amount"))
        .group_by(PointsTransfer.debit_id)
        .subquery()
    )
    recomputed = func.coalesce(into.c.amount, 0) - func.coalesce(out.c.amount, 0)
    statement = (
        select(PointsAccount.id)
        .outerjoin(into, into.c.credit_id == PointsAccount.id)
        .outerjoin(out, out.c.debit_id == PointsAccount.id)
        .where(PointsAccount.balance != recomputed)
    )
    return list(session.scalars(statement))
