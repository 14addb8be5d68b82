"""The people who may log in: who they are and where they work."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete

from app.core import clock, db
from app.core.db import session
from app.staff.models import Role, Staff, StaffRegion, StaffStore
from app.staff.service import passwords, sessions


def add(
    *,
    login: str,
    name: str,
    role: Role,
    password: str,
    store_ids: Collection[int] = (),
    region_ids: Collection[int] = (),
) -> Staff:
    """Someone who may log in. Raises WeakPassword."""
    person = Staff(
        login=login,
        name=name,
        role=role,
        password_hash=passwords.hashed(password),
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    set_stores(person.id, store_ids)
    set_regions(person.id, region_ids)
    return person


def set_stores(staff_id: int, store_ids: Collection[int]) -> None:
    """Where she works from now on; it holds for her next request."""
    session.execute(delete(StaffStore).where(StaffStore.staff_id == staff_id))
    session.add_all(StaffStore(staff_id=staff_id, store_id=store_id) for store_id in store_ids)
    session.flush()
    sessions.close_streams(staff_id)


def set_regions(staff_id: int, region_ids: Collection[int]) -> None:
    """The regions whose stores are hers from now on, today's and those that will open."""
    session.execute(delete(StaffRegion).where(StaffRegion.staff_id == staff_id))
    session.add_all(StaffRegion(staff_id=staff_id, region_id=each) for each in region_ids)
    session.flush()
    sessions.close_streams(staff_id)


def disable(staff_id: int) -> None:
    """She has left: no session of hers works any more."""
    person = session.get_one(Staff, (db.current_brand_id(), staff_id))
    person.is_active = False
    sessions.end_all(staff_id)
