"""Making tasks set-wise: one statement, whatever the number of people.

`wanted` says for whom and why. Whoever may not be asked drops out, so does who has this cause
already; her guide is found, or the store's pool; and nobody gets more a day than the brand says.
The unique key of the cause makes a second run of any of it harmless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Result, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import ARRAY, BigInteger

from app.brands import service as brands
from app.core import clock, db
from app.core.db import session
from app.tasks import sql
from app.tasks.models import Situation, Source
from app.tasks.policy import task_policy

# Those told by their numbers.
TOLD = """
SELECT told.id AS member_id, :cause || ':' || told.id AS source_key,
    CAST(:facts AS jsonb) AS facts, CAST(NULL AS timestamptz) AS due_at, told.id AS urgency
FROM unnest(:members) AS told(id)"""
FOUND = f"""
, fit AS MATERIALIZED (
    SELECT wanted.*, m.main_store_id AS store_id, (
        SELECT s.id FROM staff s JOIN staff_stores w
            ON (w.brand_id, w.staff_id) = (s.brand_id, s.id)
        WHERE s.brand_id = :brand AND s.id = m.guide_id AND s.is_active
            AND w.store_id = m.main_store_id) AS guide_id
    FROM wanted JOIN members m ON m.brand_id = :brand AND m.id = wanted.member_id
    WHERE m.main_store_id IS NOT NULL AND {sql.MAY_BE_ASKED}
        AND NOT EXISTS (SELECT FROM tasks known
            WHERE known.brand_id = :brand AND known.source_key = wanted.source_key)
), hands AS (
    SELECT w.store_id, count(*) AS guides FROM staff_stores w JOIN staff s
        ON (s.brand_id, s.id) = (w.brand_id, w.staff_id) AND s.is_active
    WHERE w.brand_id = :brand GROUP BY w.store_id
), load AS (
    SELECT store_id, guide_id, count(*) AS tasks FROM tasks
    WHERE brand_id = :brand AND starts_at >= :day_from AND starts_at < :load_until
    GROUP BY store_id, guide_id
), placed AS (
    SELECT fit.*, coalesce(load.tasks, 0)
            + row_number() OVER (PARTITION BY fit.store_id, fit.guide_id
                ORDER BY urgency, member_id)
            - 1 AS place,
        CASE WHEN fit.guide_id IS NULL THEN :per_day * greatest(coalesce(hands.guides, 1), 1)
            ELSE :per_day END AS a_day
    FROM fit LEFT JOIN hands USING (store_id)
    LEFT JOIN load ON load.store_id = fit.store_id
        AND load.guide_id IS NOT DISTINCT FROM fit.guide_id
)"""  # noqa: S608 - ours
INSERT = """
INSERT INTO tasks (brand_id, source, source_key, situation, member_id, store_id, guide_id,
    batch_id, facts, words, created_at, starts_at, due_at, state, touches, changes)
SELECT :brand, :source, source_key, :situation, member_id, store_id, guide_id,
    :batch, facts, :words, :now, {starts_at}, {due_at}, 'open', 0, 0
FROM placed {which}
ON CONFLICT (brand_id, source_key) DO NOTHING"""
# The first day's begin now; what is too much for it begins with a later day.
STARTS_AT = """CASE WHEN place < a_day THEN CAST(:now AS timestamptz)
    ELSE CAST(:today + CAST(place / a_day AS int) AS timestamp) AT TIME ZONE :zone END"""
DUE_AT = """CAST(:today + CAST(place / a_day AS int) + CAST(:for_days AS int) AS timestamp)
    AT TIME ZONE :zone"""

MAKE = f"WITH wanted AS ({TOLD}) {FOUND} " + INSERT.format(
    starts_at=STARTS_AT, due_at=DUE_AT, which=""
)
COUNT_BY_GUIDE = "SELECT store_id, guide_id, count(*) AS people FROM placed GROUP BY 1, 2"


@dataclass(frozen=True)
class Wish:
    """What is asked for people told by their numbers. `cause` names it: the same for the same
    person is one task."""

    source: Source
    cause: str
    situation: Situation
    facts: Mapping[str, Any]
    for_days: int
    words: str | None = None
    batch_id: int | None = None


@dataclass(frozen=True)
class Share:
    """So many tasks for this guide of this store; no guide: for the store's pool."""

    store_id: int
    guide_id: int | None
    people: int


def make(wish: Wish, member_ids: Sequence[int]) -> int:
    """Make the tasks that are not there yet, dealt out over days; answers how many were made."""
    if not member_ids:
        return 0
    now = clock.now()
    values = common(now) | {
        "members": list(member_ids),
        "cause": wish.cause,
        "facts": dict(wish.facts),
        "source": wish.source,
        "situation": wish.situation,
        "for_days": wish.for_days,
        "words": wish.words,
        "batch": wish.batch_id,
        "load_until": now + timedelta(days=366),
    }
    return changed(run(MAKE, values))


def shares_of(member_ids: Sequence[int], cause: str) -> list[Share]:
    """How `make` would deal them out, as of now."""
    now = clock.now()
    values = common(now) | {
        "members": list(member_ids), "cause": cause, "facts": {}, "load_until": now,
    }  # fmt: skip
    return _shares(f"WITH wanted AS ({TOLD}) {FOUND} {COUNT_BY_GUIDE}", values)


def common(now: datetime) -> dict[str, Any]:
    """What every statement here asks for."""
    zone = brands.get(db.current_brand_id()).zoneinfo
    today: date = clock.business_day(now, zone)
    day_from, day_until = clock.day_bounds(today, zone)
    return sql.given(now) | {
        "zone": zone.key,
        "today": today,
        "day_from": day_from,
        "day_until": day_until,
        "per_day": task_policy().per_day,
    }


def _shares(statement: str, values: Mapping[str, Any]) -> list[Share]:
    found = [Share(**row) for row in run(statement, values).mappings()]
    return sorted(found, key=lambda one: (one.store_id, one.guide_id is None, -one.people))


def run(statement: str, values: Mapping[str, Any]) -> Result[Any]:
    """Execute it; a list of members and a JSON of facts are told as such."""
    asked = text(statement)
    if "members" in values:
        members, facts = (
            bindparam("members", type_=ARRAY(BigInteger)),
            bindparam("facts", type_=JSONB),
        )
        asked = asked.bindparams(members, facts)
    return session.execute(asked, values)


def changed(result: Result[Any]) -> int:
    """How many rows it wrote."""
    return cast("CursorResult[Any]", result).rowcount
