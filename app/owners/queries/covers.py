"""Who is away today, and who stands in for her."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, select, text

from app.core import db
from app.core.db import session
from app.owners.models import GuideCover
from app.staff.models import Role, Staff, StaffStore
from app.visits.queries import business_day

# Once whoever stands in works there no more, it is the store's; once the guide herself does not,
# nobody stands in for her.
_COVERED = text(
    "SELECT c.staff_id, c.store_id FROM guide_covers c"
    " JOIN staff_stores mine ON (mine.brand_id, mine.store_id) = (c.brand_id, c.store_id)"
    "   AND mine.staff_id = :me"
    " JOIN staff_stores hers ON (hers.brand_id, hers.store_id) = (c.brand_id, c.store_id)"
    "   AND hers.staff_id = c.staff_id"
    " WHERE c.brand_id = :brand AND c.ended_at IS NULL AND c.staff_id <> :me"
    "   AND :day BETWEEN c.from_day AND c.until_day"
    "   AND (c.cover_id IS NULL OR c.cover_id = :me OR NOT EXISTS ("
    "     SELECT FROM staff s JOIN staff_stores w"
    "       ON (w.brand_id, w.staff_id) = (s.brand_id, s.id)"
    "     WHERE s.brand_id = c.brand_id AND s.id = c.cover_id AND s.is_active"
    "       AND w.store_id = c.store_id))"
)


def covered_by(staff_id: int, at: datetime) -> set[tuple[int, int]]:
    """For whom (guide, store) she stands in at this moment: by her name, or with her store."""
    values = {"brand": db.current_brand_id(), "me": staff_id, "day": business_day(at)}
    return {(row.staff_id, row.store_id) for row in session.execute(_COVERED, values)}


def is_held(day: date) -> ColumnElement[bool]:
    """A cover that holds on this day."""
    ours = GuideCover.ended_at.is_(None)
    return ours & (GuideCover.from_day <= day) & (GuideCover.until_day >= day)


def of_store(store_id: int, at: datetime) -> list[GuideCover]:
    """Who of this store is away now."""
    here = select(GuideCover).where(is_held(business_day(at)), GuideCover.store_id == store_id)
    return list(session.scalars(here.order_by(GuideCover.id)))


def of_guide(staff_id: int, at: datetime) -> list[GuideCover]:
    """How she is stood in for now, store by store; empty while she is there."""
    hers = select(GuideCover).where(is_held(business_day(at)), GuideCover.staff_id == staff_id)
    return list(session.scalars(hers.order_by(GuideCover.store_id)))


def planned(store_ids: Collection[int] | None, at: datetime) -> list[GuideCover]:
    """What holds now or is still to come in these stores (None: in all), the next first."""
    left = GuideCover.ended_at.is_(None) & (GuideCover.until_day >= business_day(at))
    wanted = select(GuideCover).where(left)
    if store_ids is not None:
        wanted = wanted.where(GuideCover.store_id.in_(store_ids))
    return list(session.scalars(wanted.order_by(GuideCover.from_day, GuideCover.id)))


def working(store_ids: Collection[int] | None) -> dict[int, list[tuple[int, str]]]:
    """Guides and managers (id, name) of each of these stores (None: of all), by name."""
    here = (StaffStore.brand_id == Staff.brand_id) & (StaffStore.staff_id == Staff.id)
    roles = Staff.role.in_([Role.GUIDE, Role.STORE_MANAGER])
    wanted = select(StaffStore.store_id, Staff.id, Staff.name).join(Staff, here)
    wanted = wanted.where(Staff.is_active, roles).order_by(Staff.name, Staff.id)
    if store_ids is not None:
        wanted = wanted.where(StaffStore.store_id.in_(store_ids))
    found: dict[int, list[tuple[int, str]]] = {}
    for store_id, staff_id, name in session.execute(wanted):
        found.setdefault(store_id, []).append((staff_id, name))
    return found
