"""The ladder, and who stands where on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, clock, db
from app.core.db import session
from app.core.errors import BadInput
from app.points import recounting, rights
from app.points.models import MemberTier, Tier
from app.points.queries.growth import reached
from app.points.rights import Rights
from app.points.tier_policy import TierPolicy, change_tiers

LONGEST_NAME = 16
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


@dataclass(frozen=True)
class Rung:
    """One step of a ladder as a person wants it; `id` 0 for a new one."""

    id: int
    name: str
    spend_fen: int
    rights: Rights


class WrongLadder(BadInput):
    code, title = "wrong_ladder", "等级从低到高填：第一级从 0 起，后面一级比一级高，名字不重复"


def change_ladder(policy: TierPolicy, rungs: Sequence[Rung], *, actor: str) -> int:
    """Another ladder, lowest step first, and another way to count; everybody is put on her step
    by it. Steps may be added at the top, none is taken away. Answers how many changed their tier.

    Raises WrongLadder.
    """
    steps = _locked_steps()
    check_ladder(rungs, [step.id for step in steps])
    for rank, rung in enumerate(rungs):
        step = steps[rank] if rank < len(steps) else Tier(rank=rank)
        step.name, step.spend_fen = rung.name, rung.spend_fen
        step.rights = rights.stored(rung.rights)
        session.add(step)
    change_tiers(policy)
    session.flush()
    changed = recounting.recount()
    _note(policy, rungs, changed, actor)
    return changed


def check_ladder(rungs: Sequence[Rung], known: Sequence[int]) -> None:
    """Raise WrongLadder for one that has no order, or leaves a known step out."""
    fen = [rung.spend_fen for rung in rungs]
    names = {rung.name for rung in rungs}
    is_rising = all(low < high for low, high in pairwise(fen))
    is_named = len(names) == len(rungs) and all(0 < len(name) <= LONGEST_NAME for name in names)
    ids = [rung.id for rung in rungs]
    is_whole = ids == [*known, *[0] * (len(ids) - len(known))]
    if not (rungs and fen[0] == 0 and is_rising and is_named and is_whole):
        raise WrongLadder()


def _locked_steps() -> list[Tier]:
    every = select(Tier).order_by(Tier.rank).with_for_update()
    return list(session.scalars(every, execution_options={"populate_existing": True}))


def _note(policy: TierPolicy, rungs: Sequence[Rung], changed: int, actor: str) -> None:
    audit.record(
        "tiers.changed",
        actor=actor,
        subject=f"brand:{db.current_brand_id()}",
        by=policy.by.value,
        window_months=policy.window_months,
        grace_days=policy.grace_days,
        steps=[[rung.name, rung.spend_fen, rights.stored(rung.rights)] for rung in rungs],
        changed=changed,
    )
