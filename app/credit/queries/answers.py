"""How long people waited after their scan until a guide took them.

It counts for the guide who answered first, whoever served in the end, from the first scan of the
visit on. Both figures are of real visits: half, and nine of ten, waited no longer than that.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from app.core.db import session
from app.credit.queries.period import Period

ANSWERS = """
WITH answered AS (
    SELECT v.store_id, v.first_claimed_by_id AS staff_id,
           GREATEST(CAST(EXTRACT(EPOCH FROM v.first_claimed_at - v.first_scanned_at) AS bigint), 0)
               AS seconds
    FROM visits v
    WHERE v.brand_id = :brand AND v.scanned_at >= :start AND v.scanned_at < :end
        AND (:every_store OR v.store_id = ANY(CAST(:stores AS bigint[])))
        AND v.first_claimed_at IS NOT NULL
)
SELECT store_id, staff_id, count(*) AS people,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) AS median_seconds,
       percentile_disc(0.9) WITHIN GROUP (ORDER BY seconds) AS p90_seconds
FROM answered GROUP BY GROUPING SETS ((staff_id, store_id), (staff_id))
"""


@dataclass(frozen=True)
class Answers:
    """Of one guide. Seconds are None where she answered nobody."""

    people: int = 0
    median_seconds: int | None = None
    p90_seconds: int | None = None


def answers(period: Period) -> dict[tuple[int | None, int], Answers]:
    """By store and guide; all her stores together stand under None."""
    return {
        (row.store_id, row.staff_id): Answers(row.people, row.median_seconds, row.p90_seconds)
        for row in session.execute(text(ANSWERS), period.asked)
    }
