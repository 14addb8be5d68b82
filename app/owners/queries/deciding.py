"""Whose each member is by a rule, set-wise: one statement for one of them or for all.

What is decided is of this moment: who served her, what she bought, who has her now. A guide
counts while she may sign in and works in a store as guide or manager.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import text

from app.brands import service as brands
from app.core import clock, db
from app.core.db import session
from app.owners.rules import Rule, Step, Way


class Verdict(StrEnum):
    """What a rule does with a member; each has exactly one."""

    GETS = "gets"  # she had nobody
    CHANGES = "changes"
    KEPT = "kept"  # by the exclusive way
    SAME = "same"  # a way found the guide she has
    STAYS = "stays"  # no way found anybody: she keeps the guide she has
    WITHOUT = "without"  # no way found anybody, and nobody has her


CHANGING = (Verdict.GETS, Verdict.CHANGES)

_GUIDES = """
works AS MATERIALIZED (
    SELECT w.staff_id, w.store_id FROM staff_stores w
    JOIN staff s ON (s.brand_id, s.id) = (w.brand_id, w.staff_id)
    WHERE w.brand_id = :brand AND s.is_active AND s.role IN ('guide', 'store_manager')
), guide AS MATERIALIZED (
    SELECT staff_id, min(store_id) AS store_id FROM works GROUP BY staff_id
), staffed AS MATERIALIZED (
    SELECT DISTINCT store_id FROM works
)"""
_HER = """
her AS MATERIALIZED (
    SELECT m.id AS member_id, m.main_store_id, m.created_at,
           held.staff_id AS held_by, held.store_id AS held_in, held.since,
           EXISTS (SELECT FROM guide WHERE guide.staff_id = held.staff_id) AS is_held
    FROM members m LEFT JOIN member_owners held
        ON (held.brand_id, held.member_id) = (m.brand_id, m.id) AND held.until IS NULL
    WHERE m.brand_id = :brand AND m.erased_at IS NULL AND m.merged_into_id IS NULL
"""
_THESE = " AND m.id = ANY(CAST(:members AS bigint[]))"
_VISITS = """FROM her
    JOIN fans f ON (f.brand_id, f.member_id) = (:brand, her.member_id)
    JOIN visits v ON (v.brand_id, v.fan_id) = (:brand, f.id)"""
# She said "not today": nobody has served her yet. Who stood in for her guide did it in her name.
_PARTS: Mapping[str, str] = {
    "served": f"""
served AS (
    SELECT her.member_id, v.id, v.store_id, COALESCE(c.staff_id, v.served_by_id) AS staff_id,
           COALESCE(v.served_at, v.scanned_at) AS at
    {_VISITS}
    LEFT JOIN guide_covers c ON (c.brand_id, c.staff_id) = (:brand, her.held_by)
        AND c.store_id = v.store_id AND (c.cover_id IS NULL OR c.cover_id = v.served_by_id)
        AND CAST(timezone(:zone, COALESCE(v.served_at, v.scanned_at)) AS date)
            BETWEEN c.from_day AND c.until_day
        AND (c.ended_at IS NULL OR COALESCE(v.served_at, v.scanned_at) < c.ended_at)
    WHERE v.served_outcome IN ('bought', 'served')
)""",
    "first_scan": f"""
first_scan AS (
    SELECT DISTINCT ON (her.member_id) her.member_id, v.store_id
    {_VISITS} ORDER BY her.member_id, v.first_scanned_at, v.id
)""",
    "bound": """
bound AS (
    SELECT member_id, max(at) AS at FROM (
        SELECT member_id, since AS at FROM her WHERE is_held
        UNION ALL
        SELECT her.member_id, o.paid_at FROM her
        JOIN orders o ON (o.brand_id, o.member_id) = (:brand, her.member_id)
            AND o.staff_id = her.held_by AND o.state <> 'cancelled'
        WHERE her.is_held
        UNION ALL
        SELECT her.member_id, s.at FROM her
        JOIN served s ON (s.member_id, s.staff_id) = (her.member_id, her.held_by)
        WHERE her.is_held
    ) AS dealing GROUP BY member_id
)""",
    "promoter": """
promoter AS (
    SELECT DISTINCT ON (her.member_id)
           her.member_id, c.staff_id, c.store_id, f.guide_code_at AS at
    FROM her
    JOIN fans f ON (f.brand_id, f.member_id) = (:brand, her.member_id)
    JOIN qr_codes c ON (c.brand_id, c.id) = (f.brand_id, f.guide_code_id)
    WHERE c.staff_id IS NOT NULL AND f.guide_code_at <= her.created_at
    ORDER BY her.member_id, f.guide_code_at, f.id
)""",
    "touch": """
touch AS (
    SELECT DISTINCT ON (s.member_id) s.member_id, s.staff_id, s.store_id, s.at
    FROM served s JOIN guide g ON g.staff_id = s.staff_id
    ORDER BY s.member_id, s.at DESC, s.id DESC
)""",
    "received": """
received AS (
    SELECT DISTINCT ON (s.member_id) s.member_id, s.staff_id, s.store_id
    FROM served s
    JOIN first_scan f ON (f.member_id, f.store_id) = (s.member_id, s.store_id)
    JOIN guide g ON g.staff_id = s.staff_id
    ORDER BY s.member_id, s.at, s.id
)""",
}
_NEEDS: Mapping[Way, Sequence[str]] = {
    Way.EXCLUSIVE: ("served", "bound"),
    Way.PROMOTER: ("promoter",),
    Way.LAST_TOUCH: ("served", "touch"),
    Way.SCAN_SERVED: ("served", "first_scan", "received"),
    Way.SCAN_LIGHTEST: ("first_scan",),
    Way.FALLBACK: ("first_scan",),
}
_HELD_THERE = """EXISTS (SELECT FROM works
    WHERE works.staff_id = her.held_by AND works.store_id = first_scan.store_id)"""
_OWN_STORE = "COALESCE(her.main_store_id, first_scan.store_id)"


@dataclass(frozen=True)
class _Asked:
    """A way as SQL: when it finds somebody, whom (NULL: who has the fewest there), and where."""

    finds: str
    staff: str
    store: str
    at: str = ""  # of what it found, where days are counted


_ASKED: Mapping[Way, _Asked] = {
    Way.EXCLUSIVE: _Asked("her.is_held", "her.held_by", "her.held_in", "bound.at"),
    Way.PROMOTER: _Asked(
        "EXISTS (SELECT FROM guide WHERE guide.staff_id = promoter.staff_id)",
        "promoter.staff_id", "promoter.store_id", "promoter.at",
    ),
    Way.LAST_TOUCH: _Asked("touch.at IS NOT NULL", "touch.staff_id", "touch.store_id", "touch.at"),
    Way.SCAN_SERVED: _Asked(
        "received.staff_id IS NOT NULL", "received.staff_id", "received.store_id"
    ),
    Way.SCAN_LIGHTEST: _Asked(
        "EXISTS (SELECT FROM staffed WHERE staffed.store_id = first_scan.store_id)",
        f"CASE WHEN {_HELD_THERE} THEN her.held_by END", "first_scan.store_id",
    ),
    Way.FALLBACK: _Asked(
        f"(her.is_held OR EXISTS (SELECT FROM staffed WHERE staffed.store_id = {_OWN_STORE}))",
        "CASE WHEN her.is_held THEN her.held_by END",
        f"CASE WHEN her.is_held THEN her.held_in ELSE {_OWN_STORE} END",
    ),
}  # fmt: skip
# Where her guide looks after her: there if she works there, else in the guide's own first store.
_DECIDED = """
decided AS (
    SELECT found.member_id, held_by, held_in, step, found.staff_id,
        CASE WHEN found.staff_id IS NULL OR EXISTS (SELECT FROM works
                WHERE works.staff_id = found.staff_id AND works.store_id = found.store_id)
            THEN found.store_id ELSE guide.store_id END AS store_id,
        CASE WHEN step IS NULL AND held_by IS NULL THEN 'without'
            WHEN step IS NULL THEN 'stays'
            WHEN step = :exclusive THEN 'kept'
            WHEN found.staff_id = held_by THEN 'same'
            WHEN held_by IS NULL THEN 'gets' ELSE 'changes' END AS verdict
    FROM found LEFT JOIN guide ON guide.staff_id = found.staff_id
)"""


@dataclass(frozen=True)
class Decided:
    """What becomes of a member: from whom, to whom, where, by which way.

    `staff_id` None: to whoever has the fewest members in that store.
    """

    member_id: int
    from_staff_id: int | None
    from_store_id: int | None
    staff_id: int | None
    store_id: int
    way: Way


def changing(rule: Rule, member_ids: Collection[int]) -> list[Decided]:
    """Who of these gets a guide, or another one, in the order of their ids."""
    if not (rule.steps and member_ids):
        return []
    found = run(
        rule,
        "SELECT * FROM decided WHERE verdict = ANY(:verdicts) ORDER BY member_id",
        members=sorted(set(member_ids)),
        verdicts=[str(each) for each in CHANGING],
    )
    return [decided_of(rule, row) for row in found]


def decided_of(rule: Rule, row: Any) -> Decided:
    """A row of `decided` in which a step found somebody."""
    way = rule.steps[row.step].way
    return Decided(row.member_id, row.held_by, row.held_in, row.staff_id, row.store_id, way)


def run(rule: Rule, query: str, **asked: Any) -> Sequence[Any]:
    """Ask something of the CTE `decided`; of everybody where `members` is not given."""
    ways = [step.way for step in rule.steps]
    brand = brands.get(db.current_brand_id())
    values: dict[str, Any] = {"brand": brand.id, "now": clock.now(), "zone": brand.zoneinfo.key}
    values["exclusive"] = ways.index(Way.EXCLUSIVE) if Way.EXCLUSIVE in ways else -1
    values |= {f"days{place}": step.days for place, step in enumerate(rule.steps) if step.days}
    written = _written(rule.steps, is_of_all="members" not in asked)
    return session.execute(text(written + query), values | asked).all()


def _written(steps: Sequence[Step], *, is_of_all: bool) -> str:
    """The rule as SQL, up to `decided`. Every word of it is one of ours."""
    used = {name for step in steps for name in _NEEDS[step.way]}
    parts = [name for name in _PARTS if name in used]
    joined = "".join(
        f" LEFT JOIN {name} ON {name}.member_id = her.member_id"
        for name in parts
        if name != "served"
    )
    found = f"""
found AS (
    SELECT her.member_id, her.held_by, her.held_in, {_first(steps)} FROM her{joined}
)"""  # noqa: S608 - ours
    her = f"{_HER}{'' if is_of_all else _THESE})"
    ctes = [_GUIDES, her, *(_PARTS[name] for name in parts), found, _DECIDED]
    return f"WITH {','.join(ctes)} "


def _first(steps: Sequence[Step]) -> str:
    """The first step that finds somebody: its number, whom and where."""
    asked = [_ASKED[step.way] for step in steps]
    finds = [_finds(place, step) for place, step in enumerate(steps)]
    numbers = (str(place) for place in range(len(steps)))
    columns = {
        "step": ("integer", numbers),
        "staff_id": ("bigint", (each.staff for each in asked)),
        "store_id": ("bigint", (each.store for each in asked)),
    }
    return ", ".join(
        f"CAST({_case(finds, list(values))} AS {kind}) AS {name}"
        for name, (kind, values) in columns.items()
    )


def _case(finds: Sequence[str], values: Sequence[str]) -> str:
    if not finds:
        return "NULL"
    when = " ".join(f"WHEN {a} THEN {b}" for a, b in zip(finds, values, strict=True))
    return f"CASE {when} END"


def _finds(place: int, step: Step) -> str:
    asked = _ASKED[step.way]
    if step.days is None or not asked.at:
        return f"({asked.finds})"
    # NULL, where nothing was found at all, is no
    return f"({asked.finds} AND {asked.at} >= :now - make_interval(days => :days{place}))"
