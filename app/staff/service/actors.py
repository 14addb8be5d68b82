"""Who is acting, and the stores that are hers: worked out anew for every request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, union

from app.core import clock, db
from app.core.crypto import fingerprint
from app.core.db import session
from app.core.errors import NotSignedIn
from app.staff.models import (
    ALL_STORES,
    Face,
    Role,
    Staff,
    StaffRegion,
    StaffSession,
    StaffStore,
)
from app.staff.service import sessions
from app.stores.models import Store

SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Actor:
    """Who is acting, as an immutable value: safe to carry over transactions."""

    staff_id: int
    brand_id: int
    name: str
    role: Role
    store_ids: frozenset[int] | None  # None: all stores of the brand
    session_hash: str
    must_change_password: bool = False
    has_codes: bool = False  # of a phone, beside her password

    def may_see_store(self, store_id: int) -> bool:
        """Whether this store is within her scope."""
        return self.store_ids is None or store_id in self.store_ids

    @property
    def audit_name(self) -> str:
        """How the audit names her: an id, never a name."""
        return f"staff:{self.staff_id}"


def actor(token: str, face: Face, *, is_attended: bool = True) -> Actor:
    """Who holds this session now, with today's role and stores. Raises NotSignedIn.

    `is_attended`: a person asked, not a page that refreshes by itself; it keeps the session awake.
    """
    found = session.get(StaffSession, fingerprint(token)) if token else None
    if found is None or found.face != face or not sessions.is_live(found):
        raise NotSignedIn()
    db.enter_brand(found.brand_id)
    person = db.get(Staff, found.staff_id)
    if person is None or not person.is_active:
        raise NotSignedIn()
    if is_attended and clock.now() - found.seen_at > SEEN_EVERY:
        found.seen_at = clock.now()
    return Actor(
        staff_id=person.id,
        brand_id=found.brand_id,
        name=person.name,
        role=Role(person.role),
        store_ids=stores_of(person),
        session_hash=found.token_hash,
        must_change_password=person.must_change_password,
        has_codes=person.totp_confirmed_at is not None,
    )


def stores_of(person: Staff) -> frozenset[int] | None:
    """Her own stores and all that stand in her regions today; None for the whole brand."""
    if person.role in ALL_STORES:
        return None
    hers = StaffRegion.brand_id == Store.brand_id, StaffRegion.region_id == Store.region_id
    own = select(StaffStore.store_id).where(
        StaffStore.brand_id == person.brand_id, StaffStore.staff_id == person.id
    )
    of_regions = (
        select(Store.id)
        .join(StaffRegion, hers[0] & hers[1])
        .where(Store.brand_id == person.brand_id, StaffRegion.staff_id == person.id)
    )
    return frozenset(session.scalars(union(own, of_regions)))
