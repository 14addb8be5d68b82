"""The facts beside her name: her store, her guide, her last visit, what is left of the month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.brands import service as brands
from app.core import clock, db
from app.core.db import session
from app.orders import queries as orders
from app.orders.queries import Rhythm, Summary
from app.pushes.models import MONTHLY_CAP
from app.single_view.timeline.shop import is_in_store

AROUND = """
WITH wechats AS MATERIALIZED (
    SELECT id FROM fans WHERE brand_id = :brand AND member_id = :member
)
SELECT ARRAY(SELECT id FROM wechats ORDER BY id) AS fan_ids,
       (SELECT name FROM stores WHERE brand_id = :brand AND id = her.main_store_id) AS store_name,
       (SELECT name FROM staff WHERE brand_id = :brand AND id = her.guide_id) AS guide_name,
       (SELECT max(count) FROM mass_counts
        WHERE brand_id = :brand AND month = :month AND fan_id IN (SELECT id FROM wechats)
       ) AS mass_used,
       (SELECT store.name FROM orders bought
        JOIN stores store ON store.brand_id = bought.brand_id AND store.id = bought.store_id
        WHERE bought.brand_id = :brand AND bought.member_id = her.id
        ORDER BY bought.paid_at DESC LIMIT 1) AS last_store,
       visit.scanned_at, visit.state, visit.store_id, visit.store AS visited_store
FROM members her
LEFT JOIN LATERAL (
    SELECT hers.scanned_at, hers.state, hers.store_id, store.name AS store
    FROM visits hers
    JOIN stores store ON store.brand_id = hers.brand_id AND store.id = hers.store_id
    WHERE hers.brand_id = :brand AND hers.fan_id IN (SELECT id FROM wechats)
    ORDER BY hers.scanned_at DESC LIMIT 1
) AS visit ON true
WHERE her.brand_id = :brand AND her.id = :member
"""


@dataclass(frozen=True)
class Facts:
    """What she bought, how often, what is left of this month's messages."""

    bought: Summary
    last_store: str | None
    rhythm: Rhythm
    month: int
    mass_used: int
    mass_cap: int = MONTHLY_CAP


@dataclass(frozen=True)
class Around:
    """What else one query answers. `in_store` names the store she is in now, `in_store_id` too."""

    fan_ids: Sequence[int]
    store_name: str | None
    guide_name: str | None
    last_seen_at: datetime | None
    in_store: str | None
    in_store_id: int | None
    facts: Facts


def around(member_id: int) -> Around:
    """Of a member who is there, in two queries."""
    zone = brands.get(db.current_brand_id()).zoneinfo
    today = clock.business_day(clock.now(), zone)
    asked = {"brand": db.current_brand_id(), "member": member_id, "month": f"{today:%Y-%m}"}
    row = session.execute(text(AROUND), asked).one()
    is_here = row.scanned_at is not None and is_in_store(row.scanned_at, row.state)
    bought, rhythm = orders.habits(member_id, zone.key)
    return Around(
        fan_ids=row.fan_ids,
        store_name=row.store_name,
        guide_name=row.guide_name,
        last_seen_at=row.scanned_at,
        in_store=row.visited_store if is_here else None,
        in_store_id=row.store_id if is_here else None,
        facts=Facts(bought, row.last_store, rhythm, today.month, row.mass_used or 0),
    )
