"""Whose customer she is, and was."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text

from app.core import db
from app.core.db import session
from app.members.models import Member
from app.owners.models import MemberOwner

MOST_SHOWN = 50

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


def loads(staff_ids: Collection[int]) -> dict[int, int]:
    """How many members each of these looks after; who has none is left out."""
    counted = (
        select(MemberOwner.staff_id, func.count().label("many"))
        .where(MemberOwner.staff_id.in_(staff_ids), MemberOwner.until.is_(None))
        .group_by(MemberOwner.staff_id)
    )
    return {row.staff_id: row.many for row in session.execute(counted)}


def is_looked_after_in(store_ids: Collection[int]) -> ColumnElement[bool]:
    """Of a member: whether her guide looks after her in one of these stores."""
    hers = and_(
        MemberOwner.brand_id == Member.brand_id,
        MemberOwner.member_id == Member.id,
        MemberOwner.until.is_(None),
    )
    return exists().where(hers, MemberOwner.store_id.in_(store_ids))


def history(member_id: int) -> list[MemberOwner]:
    """Her guides, the newest first; also those of members who were made one with her."""
    same = select(Member.id).where(or_(Member.id == member_id, Member.merged_into_id == member_id))
    hers = select(MemberOwner).where(MemberOwner.member_id.in_(same))
    newest = hers.order_by(MemberOwner.since.desc(), MemberOwner.id.desc())
    return list(session.scalars(newest.limit(MOST_SHOWN)))
