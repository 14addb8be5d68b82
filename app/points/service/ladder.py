"""The ladder, and who stands where on it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock, db
from app.core.db import session
from app.points.models import MemberTier, Tier

DEFAULT_LADDER = (("青禾", 0), ("金穗", 200_000), ("木心", 500_000))


def add_ladder(steps: tuple[tuple[str, int], ...] = DEFAULT_LADDER) -> None:
    """The brand's tiers, lowest first: name and the spend in fen that reaches it."""
    for rank, (name, spend_fen) in enumerate(steps):
        values = {"brand_id": db.current_brand_id(), "rank": rank, "name": name}
        session.execute(
            insert(Tier).values(values | {"spend_fen": spend_fen}).on_conflict_do_nothing()
        )


def set_tier(member_id: int, spent_fen: int) -> None:
    """Put the member on the step her spend has reached."""
    reached = select(Tier.id).where(Tier.spend_fen <= spent_fen).order_by(Tier.rank.desc()).limit(1)
    values = {
        "brand_id": db.current_brand_id(),
        "member_id": member_id,
        "tier_id": session.scalars(reached).one(),
        "spent_fen": spent_fen,
        "changed_at": clock.now(),
    }
    again = {key: values[key] for key in ("tier_id", "spent_fen", "changed_at")}
    statement = insert(MemberTier).values(values)
    session.execute(
        statement.on_conflict_do_update(index_elements=["brand_id", "member_id"], set_=again)
    )
