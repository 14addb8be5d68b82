"""Who may hear what: the one look-up that the stream does by itself, over all brands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from psycopg import AsyncConnection
from sqlalchemy import select

from app.core.db import session
from app.staff.models import ABSOLUTE, ALL_STORES, IDLE, Face, Staff

MAY_HEAR = """
    SELECT s.token_hash, 'store:' || t.id FROM staff_sessions s
    JOIN staff p ON (p.brand_id, p.id) = (s.brand_id, s.staff_id) AND p.is_active
    JOIN stores t ON t.brand_id = s.brand_id AND 'store:' || t.id = ANY(%s)
    LEFT JOIN staff_stores w ON (w.brand_id, w.staff_id, w.store_id) = (s.brand_id, p.id, t.id)
    LEFT JOIN staff_regions r
      ON (r.brand_id, r.staff_id, r.region_id) = (s.brand_id, p.id, t.region_id)
    WHERE s.token_hash = ANY(%s) AND s.revoked_at IS NULL
      AND CASE s.face WHEN 'console' THEN s.seen_at > %s AND s.created_at > %s
                      ELSE s.seen_at > %s AND s.created_at > %s END
      AND (p.role = ANY(%s) OR w.store_id IS NOT NULL OR r.region_id IS NOT NULL)"""


async def may_hear(
    connection: AsyncConnection, sessions: Collection[str], topics: Collection[str], at: datetime
) -> set[str]:
    """The live sessions that open these topics; none when one topic is closed to them all."""
    roles = [str(role) for role in ALL_STORES]
    since = [at - limit[face] for face in (Face.CONSOLE, Face.GUIDE) for limit in (IDLE, ABSOLUTE)]
    values = (list(topics), list(sessions), *since, roles)
    rows = await (await connection.execute(MAY_HEAR, values)).fetchall()
    return {key for key, _ in rows} if {topic for _, topic in rows} == set(topics) else set()


def names() -> dict[int, str]:
    """What everybody who ever signed in here is called, by id; those who left too."""
    return {row.id: row.name for row in session.execute(select(Staff.id, Staff.name))}
