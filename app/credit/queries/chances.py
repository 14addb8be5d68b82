"""What guides made of their chances: scans on shift and tasks given, and what became of them.

No roster is known here. A guide is on shift in a store on each day on which she took somebody
there; her chances are that day's scans of the store that no colleague took. Who served a person
took her, whoever claims her at her next scan. Tasks live above this package: whoever asks says
how many each guide was given (`tasks.queries.given`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import text

from app.core.db import session
from app.credit.queries.period import Period, zone

ENOUGH = 20  # chances; with fewer, a rate is chance, and nobody is placed by it
CHANCES = """
WITH scans AS MATERIALIZED (
    SELECT v.store_id, COALESCE(v.served_by_id, v.claimed_by_id) AS staff_id,
           v.greeted_at, v.joined_at, v.served_outcome,
           CAST(timezone(:zone, v.scanned_at) AS date) AS day
    FROM visits v
    WHERE v.brand_id = :brand AND v.scanned_at >= :start AND v.scanned_at < :end
        AND (:every_store OR v.store_id = ANY(CAST(:stores AS bigint[])))
), shifts AS (
    SELECT DISTINCT store_id, day, staff_id FROM scans WHERE staff_id IS NOT NULL
)
SELECT s.store_id, s.staff_id, count(*) AS scans,
    count(v.staff_id) AS taken,
    count(*) FILTER (WHERE v.staff_id IS NOT NULL AND v.greeted_at IS NOT NULL) AS greeted,
    count(*) FILTER (WHERE v.staff_id IS NOT NULL AND v.joined_at IS NOT NULL) AS joined,
    count(*) FILTER (WHERE v.staff_id IS NOT NULL AND v.served_outcome = 'bought') AS bought
FROM shifts s
JOIN scans v ON (v.store_id, v.day) = (s.store_id, s.day)
    AND (v.staff_id IS NULL OR v.staff_id = s.staff_id)
GROUP BY s.store_id, s.staff_id ORDER BY s.store_id, s.staff_id
"""

Given = Callable[[Period], Mapping[tuple[int, int], int]]  # tasks of each store and guide


@dataclass(frozen=True)
class Chances:
    """Of one guide in one store. `greeted`, `joined` and `bought` are of the scans she took."""

    store_id: int
    staff_id: int
    scans: int = 0
    taken: int = 0
    greeted: int = 0
    joined: int = 0
    bought: int = 0
    tasks: int = 0

    @property
    def chances(self) -> int:
        """What she may sell in: a scan, or a member she was asked to contact."""
        return self.scans + self.tasks

    @property
    def is_enough(self) -> bool:
        """Whether she can be placed among others."""
        return self.chances >= ENOUGH


def chances(period: Period, given: Given) -> dict[tuple[int, int], Chances]:
    """By store and guide."""
    rows = session.execute(text(CHANCES), period.asked | {"zone": zone().key})
    found = {(row.store_id, row.staff_id): Chances(**row._mapping) for row in rows}
    for whose, tasks in given(period).items():
        found[whose] = replace(found.get(whose) or Chances(*whose), tasks=tasks)
    return found
