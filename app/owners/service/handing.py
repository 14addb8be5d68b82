"""A member changes hands: the open row is closed, another opened, `members.guide_id` follows.

However many, in four statements; twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from app.core import clock, db
from app.core.db import session
from app.members.models import Member
from app.owners.models import Why


@dataclass(frozen=True)
class Handing:
    """This member to this guide; `staff_id` None: to nobody, she goes back to the pool.

    `only_from`: only while this guide (or, where it is 0, nobody) owns her; None: whoever does.
    """

    member_id: int
    staff_id: int | None
    store_id: int | None
    why: Why
    rule_version: int | None = None
    only_from: int | None = None


_WANTED = (
    " unnest(CAST(:members AS bigint[]), CAST(:guides AS bigint[]), CAST(:stores AS bigint[]),"
    "   CAST(:whys AS varchar[]), CAST(:versions AS bigint[]), CAST(:froms AS bigint[]))"
    "   AS wanted (member_id, staff_id, store_id, why, version, only_from)"
)
_LOCK = text(
    "SELECT id FROM members WHERE brand_id = :brand AND id = ANY(:members)"
    " AND erased_at IS NULL AND (merged_into_id IS NULL OR :of_merged)"
    " ORDER BY id FOR NO KEY UPDATE"
)
# Who is her owner now is read after her row is locked: whoever came first has committed.
_CHANGING = text(
    "SELECT wanted.*, held.id AS held_id, held.staff_id AS held_by, held.since FROM"  # noqa: S608 - ours
    f"{_WANTED}"
    " LEFT JOIN member_owners AS held ON held.brand_id = :brand"
    "   AND held.member_id = wanted.member_id AND held.until IS NULL"
    " WHERE held.staff_id IS DISTINCT FROM wanted.staff_id"
    "   AND (wanted.only_from IS NULL OR wanted.only_from = coalesce(held.staff_id, 0))"
    " ORDER BY wanted.member_id"
)
_CLOSE = text(
    "UPDATE member_owners SET until = greatest(since, :at)"
    " WHERE brand_id = :brand AND id = ANY(:rows) AND until IS NULL"
)
_OPEN = text(
    "INSERT INTO member_owners"  # noqa: S608 - ours
    " (brand_id, member_id, staff_id, store_id, since, why, rule_version)"
    " SELECT :brand, wanted.member_id, wanted.staff_id, wanted.store_id,"
    "   greatest(CAST(:at AS timestamptz), last.until), wanted.why, wanted.version"
    f" FROM{_WANTED}"
    " LEFT JOIN LATERAL (SELECT max(until) AS until FROM member_owners"
    "   WHERE brand_id = :brand AND member_id = wanted.member_id) AS last ON true"
    " WHERE wanted.staff_id IS NOT NULL ORDER BY wanted.member_id"
    " RETURNING id, member_id"
)
_KEEP = text(
    "UPDATE members SET guide_id = wanted.staff_id FROM"  # noqa: S608 - ours
    f"{_WANTED}"
    " WHERE members.brand_id = :brand AND members.id = wanted.member_id"
)


def give(handings: Sequence[Handing], *, of_merged: bool = False) -> dict[int, int | None]:
    """Carry them out, one for each member; answers who changed hands, by member, and the number
    of the row that was opened (None: to the pool).

    Who is merged, erased, already there, or not with `only_from` any more stays as she is.
    `of_merged`: for the merging itself, those too who were made one with somebody.
    """
    standing = _locked([each.member_id for each in handings], of_merged)
    changing = _changing([each for each in handings if each.member_id in standing])
    if not changing:
        return {}
    values = _arrays(changing) | {"at": clock.now()}
    held = [row.held_id for row in changing if row.held_id is not None]
    session.execute(_CLOSE, values | {"rows": held})
    opened = {row.member_id: row.id for row in session.execute(_OPEN, values)}
    session.execute(_KEEP, values)
    _forget_what_was_read(opened.keys() | {row.member_id for row in changing})
    return {row.member_id: opened.get(row.member_id) for row in changing}


def close(member_ids: Collection[int], why: Why) -> int:
    """Nobody owns these from now on; answers how many somebody did."""
    return len(give([Handing(each, None, None, why) for each in sorted(set(member_ids))]))


def _locked(member_ids: Sequence[int], of_merged: bool) -> set[int]:
    wanted = {"members": sorted(set(member_ids)), "of_merged": of_merged}
    values = wanted | {"brand": db.current_brand_id()}
    return set(session.scalars(_LOCK, values))


def _changing(handings: Sequence[Handing]) -> Sequence[Row[Any]]:
    return session.execute(_CHANGING, _arrays(handings)).all() if handings else []


def _arrays(rows: Sequence[Any]) -> dict[str, Any]:
    return {
        "brand": db.current_brand_id(),
        "members": [row.member_id for row in rows],
        "guides": [row.staff_id for row in rows],
        "stores": [row.store_id for row in rows],
        "whys": [str(row.why) for row in rows],
        "versions": [getattr(row, "version", getattr(row, "rule_version", None)) for row in rows],
        "froms": [row.only_from for row in rows],
    }


def _forget_what_was_read(member_ids: Collection[int]) -> None:
    """Members loaded earlier say the old guide; they are read anew where they are used."""
    for loaded in list(session.identity_map.values()):
        if isinstance(loaded, Member) and loaded.id in member_ids:
            session.expire(loaded, ["guide_id"])
