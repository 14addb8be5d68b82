"""Members without a story of their own."""

from __future__ import annotations

from app.core import clock, db
from app.core.db import session
from app.members.models import Member


def make_members(brand_id: int, count: int) -> list[int]:
    """Their ids, in the order they were made."""
    with db.transaction(brand_id):
        rows = [
            Member(
                number=f"P{brand_id}-{n}",
                origin="import",
                joined_on=clock.business_day(clock.now()),
                created_at=clock.now(),
            )
            for n in range(count)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]
