"""What members hold, at this very moment: what has come due since anybody touched it is counted in
(app/points/service/due.py does the same to the rows)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text

from app.core import clock, db
from app.core.db import session
from app.points.models import MemberTier
from app.points.tier_policy import TierPolicy, read

# What was put aside and lapsed, and what ripened, has arrived; it pays what is owed; of the rest
# that part is gone whose day is over. The first to lapse pays first, so it is paid from the gone.
HELD = """
WITH hers AS (
    SELECT member_id,
           coalesce(sum(balance) FILTER (WHERE kind = 'pending'), 0) AS pending,
           coalesce(sum(balance) FILTER (WHERE kind = 'available'), 0) AS available,
           coalesce(sum(balance) FILTER (WHERE kind = 'held'), 0) AS held,
           coalesce(sum(balance) FILTER (WHERE kind = 'owed'), 0) AS owed
    FROM points_accounts
    WHERE brand_id = :brand AND member_id = ANY(:members) GROUP BY member_id
), lots AS (
    SELECT member_id, lapses_at, remaining, ripens_at > '1970-01-01 00:00Z' AS is_ripening
    FROM points_lots
    WHERE brand_id = :brand AND member_id = ANY(:members) AND remaining > 0 AND ripens_at <= :now
    UNION ALL
    SELECT hold.member_id, draw.lapses_at, draw.amount, NULL
    FROM points_holds hold
    JOIN points_draws draw ON draw.brand_id = hold.brand_id AND draw.hold_key = hold.key
    WHERE hold.brand_id = :brand AND hold.member_id = ANY(:members)
      AND hold.state = 'held' AND hold.until <= :now
), come AS (
    SELECT member_id,
           coalesce(sum(remaining) FILTER (WHERE is_ripening), 0) AS ripened,
           coalesce(sum(remaining) FILTER (WHERE is_ripening IS NULL), 0) AS released,
           coalesce(sum(remaining) FILTER (WHERE lapses_at <= :now), 0) AS lapsed
    FROM lots GROUP BY member_id
), next_day AS (
    SELECT member_id, min(lapses_at) AS lapses_at FROM lots
    WHERE lapses_at > :now AND lapses_at < '9999-01-01 00:00Z' GROUP BY member_id
)
SELECT asked.member_id, pending, available, held, owed, ripened, released, lapsed, lapses_at,
       (SELECT sum(lots.remaining) FROM lots
        WHERE lots.member_id = asked.member_id AND lots.lapses_at = next_day.lapses_at) AS lapsing,
       tier.tier_id, tier.spent_fen, tier.keeps_until, tier.granted_until, tier.review_at,
       brand.settings -> 'tiers' AS tier_settings, brand.zone
FROM unnest(CAST(:members AS bigint[])) AS asked (member_id)
LEFT JOIN hers USING (member_id) LEFT JOIN come USING (member_id)
LEFT JOIN next_day USING (member_id)
JOIN brands brand ON brand.id = :brand
LEFT JOIN member_tiers tier ON tier.brand_id = :brand AND tier.member_id = asked.member_id
"""


@dataclass(frozen=True)
class Expiring:
    """What lapses next, and when."""

    amount: int
    at: datetime


@dataclass(frozen=True)
class Due:
    """What has come due that nobody has written down yet."""

    ripened: int = 0
    released: int = 0
    repaid: int = 0
    lapsed: int = 0


@dataclass(frozen=True)
class Balances:
    """What she holds. `shown` is what her card says: what she can use, less what she owes."""

    available: int = 0
    pending: int = 0
    held: int = 0
    owed: int = 0
    expiring: Expiring | None = None
    due: Due = Due()

    @property
    def shown(self) -> int:
        """Below nought while she owes more than she has."""
        return self.available - self.owed


@dataclass(frozen=True)
class Holding:
    """What one member holds and where she stands, from one query."""

    balances: Balances
    tier: MemberTier | None
    policy: TierPolicy


def balances_of(member_id: int) -> Balances:
    """What one member holds."""
    return holdings([member_id])[member_id].balances


def holdings(member_ids: Collection[int]) -> dict[int, Holding]:
    """What each of them holds and where she stands, in one query."""
    asked = {
        "brand": db.current_brand_id(),
        "members": list(member_ids),
        "now": clock.now(),
    }
    return {
        row.member_id: Holding(
            _held(row._mapping), _tier(row._mapping), read(row.tier_settings, row.zone)
        )
        for row in session.execute(text(HELD), asked)
    }


def _tier(row: RowMapping) -> MemberTier | None:
    """Her standing as an object of no session."""
    return MemberTier(**{name: row[name] for name in STANDING}) if row["tier_id"] else None


def _held(row: RowMapping) -> Balances:
    figures = {name: int(row[name] or 0) for name in FIGURES}
    arrived = figures["available"] + figures["ripened"] + figures["released"]
    repaid = min(figures["owed"], arrived)
    lapsed = max(figures["lapsed"] - repaid, 0)
    lapsing = min(int(row["lapsing"] or 0), arrived - repaid - lapsed)
    return Balances(
        available=arrived - repaid - lapsed,
        pending=figures["pending"] - figures["ripened"],
        held=figures["held"] - figures["released"],
        owed=figures["owed"] - repaid,
        expiring=Expiring(lapsing, row["lapses_at"]) if lapsing else None,
        due=Due(figures["ripened"], figures["released"], repaid, lapsed),
    )


FIGURES = ("available", "pending", "held", "owed", "ripened", "released", "lapsed")
STANDING = ("member_id", "tier_id", "spent_fen", "keeps_until", "granted_until", "review_at")
