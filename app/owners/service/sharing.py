"""Who may take a store's members, and who of them takes which."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from app.core.db import session
from app.owners import balance
from app.staff.models import Role, Staff, StaffStore
from app.stores.models import Store


def dealt(by_store: Mapping[int, list[int]], shares: balance.Shares) -> dict[int, int]:
    """Who takes which member, by the shares of her store."""
    found: dict[int, int] = {}
    for store, members in by_store.items():
        hers = {guide: some for (at, guide), some in shares.items() if at == store}
        found |= balance.deal(members, hers)
    return found


def takers_of(stores: Collection[int], leavers: Collection[int] = ()) -> dict[int, tuple[int, ...]]:
    """For each store its own guides, else its managers, else the guides of its region."""
    here = _people(Role.GUIDE, leavers)
    managers = _people(Role.STORE_MANAGER, leavers)
    regions = {row.id: row.region_id for row in session.execute(select(Store.id, Store.region_id))}
    near: dict[int, set[int]] = {}
    for store, guides in here.items():
        if region := regions.get(store):
            near.setdefault(region, set()).update(guides)
    return {
        store: tuple(
            sorted(
                here.get(store) or managers.get(store) or near.get(regions.get(store) or 0, set())
            )
        )
        for store in stores
    }


def _people(role: Role, leavers: Collection[int]) -> dict[int, set[int]]:
    """By store, who works there and may still sign in."""
    works = (StaffStore.brand_id == Staff.brand_id) & (StaffStore.staff_id == Staff.id)
    wanted = select(StaffStore.store_id, Staff.id).join(Staff, works)
    found: dict[int, set[int]] = {}
    for store, guide in session.execute(wanted.where(Staff.role == role, Staff.is_active)):
        if guide not in leavers:
            found.setdefault(store, set()).add(guide)
    return found
