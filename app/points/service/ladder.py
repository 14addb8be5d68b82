"""The ladder, and who stands where on it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.points.models import MemberTier, Tier
from app.points.queries.growth import reached

DEFAULT_LADDER = (("青禾", 0), ("金穗", 200_000), ("木心", 500_000))


def add_ladder(steps: tuple[tuple[str, int], ...] = DEFAULT_LADDER) -> None:
    """The brand's tiers, lowest first: name and the spend in fen that reaches it."""
    for rank, (name, spend_fen) in enumerate(steps):
        values = {"brand_id": db.current_brand_id(), "rank": rank, "name": name}
        session.execute(
            insert(Tier).values(values | {"spend_fen": spend_fen}).on_conflict_do_nothing()
        )


def set_tier(member_id: int, spent_fen: int) -> None:
    """Put the member on the step her spend has reached; one that was given to her by hand and is
    higher holds on."""
    earned = reached(spent_fen)
    values = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "tier_id": _higher(member_id, earned),
        "earned_tier_id": earned.id,
        "spent_fen": spent_fen,
        "changed_at": clock.now(),
    }
    again = {name: values[name] for name in values if name not in ("brand_id", "member_id")}
    statement = insert(MemberTier).values(values)
    session.execute(
        statement.on_conflict_do_update(index_elements=["brand_id", "member_id"], set_=again)
    )


def _higher(member_id: int, earned: Tier) -> int:
    given = select(Tier).join(MemberTier, MemberTier.granted_tier_id == Tier.id)
    granted = session.scalar(
        given.where(MemberTier.member_id == member_id, MemberTier.granted_until > clock.now())
    )
    return granted.id if granted and granted.rank > earned.rank else earned.id
