"""Whose customer she is, and was."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, text

from app.core import db
from app.core.db import session
from app.owners.models import MemberOwner

# One row a pair at most: her rows do not overlap, so the newest that had begun is the only one
# that can hold the moment.
_OWNERS_AT = text(
    "SELECT asked.member_id, asked.at, held.staff_id"
    " FROM unnest(CAST(:members AS bigint[]), CAST(:moments AS timestamptz[]))"
    "   AS asked (member_id, at)"
    " CROSS JOIN LATERAL ("
    "   SELECT staff_id, until FROM member_owners"
    "   WHERE brand_id = :brand AND member_id = asked.member_id AND since <= asked.at"
    "   ORDER BY since DESC, id DESC LIMIT 1) AS held"
    " WHERE held.until IS NULL OR held.until > asked.at"
)


def owners_at(
    pairs: Collection[tuple[int, datetime]],
) -> dict[tuple[int, datetime], int]:
    """Who (staff id) owned each member at each moment; a pair without an owner is left out."""
    if not pairs:
        return {}
    values = {
        "brand": db.current_brand_id(),
        "members": [member_id for member_id, _ in pairs],
        "moments": [at for _, at in pairs],
    }
    return {(row.member_id, row.at): row.staff_id for row in session.execute(_OWNERS_AT, values)}


def open_rows(member_ids: Collection[int]) -> dict[int, MemberOwner]:
    """Today's row of each of these members; who has no owner is left out."""
    hers = MemberOwner.member_id.in_(member_ids), MemberOwner.until.is_(None)
    fresh = {"populate_existing": True}
    found = session.scalars(select(MemberOwner).where(*hers), execution_options=fresh)
    return {row.member_id: row for row in found}
