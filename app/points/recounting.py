"""Everybody's tier anew, set-wise: what a change of the ladder would move, and does move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.core import bulk, clock, db
from app.core.db import session
from app.points.models import Tier
from app.points.queries.standing import ladder
from app.points.tier_policy import TierPolicy, tier_policy

# With a window nobody falls at once: what she earned is kept to the end of her period.
ANEW = """
WITH steps AS (
    SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:ranks AS bigint[]), CAST(:fen AS bigint[]))
        AS step (id, rank, fen)
), counted AS (
    SELECT member_id, greatest(sum(fen), 0)::bigint AS fen FROM growth_entries
    WHERE brand_id = :brand AND kind = ANY(:kinds)
      AND at >= coalesce(CAST(:since AS timestamptz), '-infinity')
    GROUP BY member_id
), anew AS (
    SELECT hers.member_id, hers.tier_id AS before_id, coalesce(counted.fen, 0) AS fen,
           greatest(reached.rank, granted.rank,
                    CASE WHEN :has_window THEN earned.rank ELSE 0 END) AS rank,
           greatest(reached.rank, CASE WHEN :has_window THEN earned.rank ELSE 0 END) AS earned_rank
    FROM member_tiers hers
    LEFT JOIN counted USING (member_id)
    JOIN steps earned ON earned.id = hers.earned_tier_id
    LEFT JOIN steps granted ON granted.id = hers.granted_tier_id
    CROSS JOIN LATERAL (SELECT max(rank) AS rank FROM steps
                        WHERE steps.fen <= coalesce(counted.fen, 0)) reached
    WHERE hers.brand_id = :brand
)
"""
MOVES = f"""{ANEW}
SELECT before.rank AS before, anew.rank AS after, count(*) AS members
FROM anew JOIN steps before ON before.id = anew.before_id
GROUP BY before.rank, anew.rank ORDER BY before.rank, anew.rank
"""  # noqa: S608 - of our own text
WRITE = f"""{ANEW}, written AS (
    UPDATE member_tiers hers
    SET tier_id = now_on.id, earned_tier_id = earned.id, spent_fen = anew.fen,
        changed_at = CASE WHEN earned.id = hers.earned_tier_id THEN hers.changed_at ELSE :now END,
        keeps_until = CASE WHEN earned.rank = 0 OR NOT :has_window THEN NULL
                           WHEN earned.id = hers.earned_tier_id
                           THEN coalesce(hers.keeps_until, :keeps_until) ELSE :keeps_until END
    FROM anew JOIN steps now_on ON now_on.rank = anew.rank
    JOIN steps earned ON earned.rank = anew.earned_rank
    WHERE hers.brand_id = :brand AND hers.member_id = anew.member_id
    RETURNING hers.member_id, anew.before_id, hers.tier_id, hers.spent_fen, hers.keeps_until
)
INSERT INTO tier_steps (brand_id, member_id, tier_id, from_tier_id, why, spent_fen, at, until)
SELECT :brand, member_id, tier_id, before_id, 'recounted', spent_fen, :now, keeps_until
FROM written WHERE tier_id <> before_id ORDER BY member_id
"""  # noqa: S608 - of our own text
PLAN_REVIEWS = """
UPDATE member_tiers
SET review_at = least(granted_until, keeps_until + make_interval(days => CAST(:grace AS int)))
WHERE brand_id = :brand AND (keeps_until IS NOT NULL OR granted_until IS NOT NULL
                             OR review_at IS NOT NULL)
"""
RAISE_GRANTED = """
UPDATE member_tiers hers SET tier_id = granted.id
FROM tiers granted, tiers earned
WHERE hers.brand_id = :brand AND hers.granted_until > :now
  AND granted.brand_id = :brand AND granted.id = hers.granted_tier_id
  AND earned.brand_id = :brand AND earned.id = hers.earned_tier_id AND granted.rank > earned.rank
"""


@dataclass(frozen=True)
class Step:
    """A step of a ladder that may not be in force yet; `id` 0 for a new one."""

    id: int
    rank: int
    fen: int


@dataclass(frozen=True)
class Move:
    """So many members go from one rank to another, or stay where the two are the same."""

    before: int
    after: int
    members: int


def moves(policy: TierPolicy, steps: Sequence[Step]) -> list[Move]:
    """What would become of everybody by that ladder; nothing is written."""
    rows = session.execute(text(MOVES), _asked(policy, steps))
    return [Move(row.before, row.after, row.members) for row in rows]


def recount() -> int:
    """Everybody by the ladder that is in force. Answers how many changed their tier; each of them
    has a line in her history."""
    policy = tier_policy()
    asked = _asked(policy, steps_of(ladder()))
    changed = bulk.count(text(WRITE).bindparams(**asked))
    ours = {"brand": db.current_brand_id(), "grace": policy.grace_days}
    session.execute(text(PLAN_REVIEWS), ours)
    return changed


def raise_granted() -> None:
    """Whoever was given a higher tier by hand stands there, whatever she has earned."""
    session.execute(text(RAISE_GRANTED), {"brand": db.current_brand_id(), "now": clock.now()})


def steps_of(tiers: Sequence[Tier]) -> list[Step]:
    """The ladder that is in force, as `moves` takes it."""
    return [Step(tier.id, tier.rank, tier.spend_fen) for tier in tiers]


def _asked(policy: TierPolicy, steps: Sequence[Step]) -> dict[str, Any]:
    now = clock.now()
    return {
        "brand": db.current_brand_id(),
        "ids": [step.id for step in steps],
        "ranks": [step.rank for step in steps],
        "fen": [step.fen for step in steps],
        "kinds": [kind.value for kind in policy.kinds()],
        "since": policy.since(now),
        "has_window": bool(policy.window_months),
        "now": now,
        "keeps_until": policy.keeps_until(now),
    }
