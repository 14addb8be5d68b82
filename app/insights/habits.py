"""What members come for and how often, for many of them at once: what a board shows in a glance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from app.core import db
from app.core.db import session
from app.insights.figures import GOODS, rounded

LATEST_ORDERS = 20  # taste is of late: what she bought years ago says little
ENOUGH_DAYS = 3  # two days are one gap, and one gap is no rhythm
SLEEPS_AFTER = 90  # days, for who has no rhythm of her own
CYCLES_MISSED = 2

RHYTHMS = """
SELECT member_id, count(DISTINCT day) AS days, min(day) AS first, max(day) AS last
FROM (
    SELECT member_id, CAST(timezone(:zone, paid_at) AS date) AS day FROM orders
    WHERE brand_id = :brand AND member_id = ANY(:members) AND paid_at < :before
) AS bought GROUP BY member_id
"""
TASTES = f"""
WITH late AS (
    SELECT her.id AS member_id, o.id AS order_id FROM unnest(CAST(:members AS bigint[])) her (id)
    CROSS JOIN LATERAL (
        SELECT id FROM orders WHERE brand_id = :brand AND member_id = her.id
        ORDER BY paid_at DESC LIMIT {LATEST_ORDERS}
    ) o
), counted AS (
    SELECT member_id, COALESCE(p.category, p.name) AS word, count(DISTINCT late.order_id) AS orders
    FROM late
    JOIN order_lines l ON (l.brand_id, l.order_id) = (:brand, late.order_id)
    JOIN products p ON (p.brand_id, p.id) = (:brand, l.product_id)
    WHERE {GOODS}
    GROUP BY 1, 2
)
SELECT member_id, (array_agg(word ORDER BY orders DESC, word COLLATE "C"))[1:3] AS words
FROM counted GROUP BY member_id
"""  # noqa: S608 - ours


@dataclass(frozen=True)
class Rhythm:
    """On how many days she bought, and the first and last of them."""

    days: int
    first: date
    last: date

    @property
    def cycle(self) -> int | None:
        """The mean of days between, rounded; None without enough of them."""
        if self.days < ENOUGH_DAYS:
            return None
        return rounded((self.last - self.first).days, self.days - 1)

    def is_asleep(self, today: date) -> bool:
        """Whether two cycles of her own have passed, compared multiplied out; 90 days without."""
        waited = (today - self.last).days
        if self.days < ENOUGH_DAYS:
            return waited >= SLEEPS_AFTER
        return waited * (self.days - 1) >= (self.last - self.first).days * CYCLES_MISSED > 0


def rhythms(member_ids: Collection[int], zone: str, before: datetime) -> dict[int, Rhythm]:
    """By member, of what they bought before this moment; who never did is missing."""
    asked = {"brand": db.current_brand_id(), "members": list(member_ids), "zone": zone}
    rows = session.execute(text(RHYTHMS), asked | {"before": before})
    return {row.member_id: Rhythm(row.days, row.first, row.last) for row in rows}


def tastes(member_ids: Collection[int]) -> dict[int, Sequence[str]]:
    """By member, up to three kinds of goods: those that most of her latest receipts hold."""
    asked = {"brand": db.current_brand_id(), "members": list(member_ids)}
    return {row.member_id: row.words for row in session.execute(text(TASTES), asked)}
