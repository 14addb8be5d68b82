"""What both have spent counts together; the higher step of the two is never taken away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from app.core import db
from app.core.db import session
from app.journeys.merging.rows import Pair, Record, images, put_back
from app.points import service as points
from app.points.models import MemberTier, Tier


class Tiers:
    """Both rows are kept as they were; what she spent while merged stays with the survivor."""

    def merge(self, pair: Pair) -> Record:
        hers, theirs = _row(pair.survivor_id), _row(pair.merged_id)
        before = {"survivor": hers, "merged": theirs}
        if theirs is None:
            return before | {"after": hers}
        spent = theirs["spent_fen"] + (hers["spent_fen"] if hers else 0)
        points.set_tier(pair.survivor_id, spent)
        _keep_the_highest(pair.survivor_id, [row for row in (hers, theirs) if row])
        _remove(pair.merged_id)
        return before | {"after": _row(pair.survivor_id)}

    def undo(self, pair: Pair, record: Record) -> list[str]:
        theirs, now = record["merged"], _row(pair.survivor_id)
        if theirs is None:
            return []
        if now == record["after"]:
            _remove(pair.survivor_id)
            put_back(MemberTier, [row for row in (record["survivor"],) if row])
        elif now is not None:
            points.set_tier(pair.survivor_id, max(now["spent_fen"] - theirs["spent_fen"], 0))
        put_back(MemberTier, [theirs])
        return []


def _row(member_id: int) -> dict[str, Any] | None:
    return next(iter(images(MemberTier, _of(member_id))), None)


def _of(member_id: int) -> Any:
    return (MemberTier.brand_id == db.current_brand_id()) & (MemberTier.member_id == member_id)


def _remove(member_id: int) -> None:
    statement = delete(MemberTier).where(_of(member_id))
    session.execute(statement, execution_options={"synchronize_session": False})


def _keep_the_highest(member_id: int, rows: list[dict[str, Any]]) -> None:
    """The higher of what they had earned and of what was given to them, each as long as it was
    kept by either."""
    row = session.get_one(MemberTier, (db.current_brand_id(), member_id), populate_existing=True)
    ranks = {tier.id: tier.rank for tier in session.scalars(select(Tier))}
    earned = [row.earned_tier_id, *(each["earned_tier_id"] for each in rows)]
    row.earned_tier_id = max(earned, key=lambda tier_id: ranks[tier_id])
    given = [each for each in rows if each["granted_tier_id"]]
    given.sort(key=lambda each: (ranks[each["granted_tier_id"]], each["granted_until"]))
    row.granted_tier_id = given[-1]["granted_tier_id"] if given else None
    row.granted_until = datetime.fromisoformat(given[-1]["granted_until"]) if given else None
    kept = [each["keeps_until"] for each in rows if each["keeps_until"]]
    row.keeps_until = max(map(datetime.fromisoformat, kept), default=None)
    held = [row.earned_tier_id, *([row.granted_tier_id] if row.granted_tier_id else [])]
    row.tier_id = max(held, key=lambda tier_id: ranks[tier_id])
    points.plan_review(row)
    session.flush()
