"""The people who may log in: who they are, what they may do, where they work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from app.core import audit, clock, codes, db, events
from app.core.db import session
from app.core.errors import Conflict, NotFound
from app.staff.models import Role, Staff, StaffRegion, StaffStore
from app.staff.service import bindings, passwords, sessions, totp

INITIAL_PASSWORD = 12  # characters of a password that must be changed at the first login


class NoStaff(NotFound):
    code, title = "no_staff", "没有这位员工"


class LoginTaken(Conflict):
    code, title = "login_taken", "这个账号名已经有人用了，换一个"


class LastAdmin(Conflict):
    code, title = "last_admin", "这是最后一位管理员，先让另一位当管理员"


@dataclass(frozen=True)
class Place:
    """Where somebody works: stores by themselves, and regions with all their stores."""

    store_ids: Collection[int] = ()
    region_ids: Collection[int] = ()


def add(
    *,
    login: str,
    name: str,
    role: Role,
    password: str,
    store_ids: Collection[int] = (),
    region_ids: Collection[int] = (),
) -> Staff:
    """Someone who may log in. Raises WeakPassword, LoginTaken."""
    if session.scalar(select(Staff.id).filter_by(login=login)) is not None:
        raise LoginTaken()
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


def invite(*, login: str, name: str, role: Role, place: Place, actor: str) -> tuple[Staff, str]:
    """Add somebody with a password that she must change; it is answered this once."""
    password = codes.code(INITIAL_PASSWORD)
    where = {"store_ids": place.store_ids, "region_ids": place.region_ids}
    person = add(login=login, name=name, role=role, password=password, **where)
    person.must_change_password = True
    audit.record("staff.added", actor=actor, subject=f"staff:{person.id}", role=role)
    return person, password


def change(staff_id: int, *, name: str, role: Role, place: Place, actor: str) -> Staff:
    """Her next request has the new role and stores. With a new role she signs in anew.

    Raises NoStaff, LastAdmin.
    """
    person = get(staff_id)
    _refuse_last_admin(person, stays=role is Role.ADMIN)
    before = {"role": str(person.role), **_listed(place_of(staff_id))}
    after = {"role": str(role), **_listed(place)}
    person.name, is_promoted, person.role = name, person.role != role, role
    if before != after:
        person.permission_version += 1
        set_stores(staff_id, place.store_ids)
        set_regions(staff_id, place.region_ids)
        who = f"staff:{staff_id}"
        events.record("staff.moved", staff_id=staff_id)
        audit.record("staff.changed", actor=actor, subject=who, before=before, after=after)
    if is_promoted:
        sessions.end_all(staff_id)
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


def disable(staff_id: int, *, actor: str = "system") -> None:
    """She has left: no session of hers works any more. Raises NoStaff, LastAdmin."""
    person = get(staff_id)
    _refuse_last_admin(person, stays=False)
    person.is_active = False
    person.permission_version += 1
    events.record("staff.left", staff_id=staff_id)
    audit.record("staff.disabled", actor=actor, subject=f"staff:{staff_id}")
    bindings.unbind_all(staff_id, actor=actor)
    sessions.end_all(staff_id)


def enable(staff_id: int, *, actor: str) -> None:
    """She is back, with her old role and stores. Raises NoStaff."""
    get(staff_id).is_active = True
    audit.record("staff.enabled", actor=actor, subject=f"staff:{staff_id}")


def reset_password(staff_id: int, *, actor: str) -> str:
    """A new password that she must change, answered this once; what a lost phone could sign in
    with, its codes and its WeChat, goes too.

    Raises NoStaff.
    """
    person, password = get(staff_id), codes.code(INITIAL_PASSWORD)
    person.password_hash, person.must_change_password = passwords.hashed(password), True
    person.permission_version += 1
    totp.switch_off(person)
    audit.record("staff.password_reset", actor=actor, subject=f"staff:{staff_id}")
    bindings.unbind_all(staff_id, actor=actor)
    sessions.end_all(staff_id)
    return password


def get(staff_id: int) -> Staff:
    """Raises NoStaff."""
    person = db.get(Staff, staff_id)
    if person is None:
        raise NoStaff()
    return person


def everybody() -> Sequence[Staff]:
    """Those who work here first, then by name."""
    return session.scalars(
        select(Staff).order_by(Staff.is_active.desc(), Staff.name, Staff.id)
    ).all()


def place_of(staff_id: int) -> Place:
    """Where she works, as it is written down; her role may open more."""
    stores = select(StaffStore.store_id).where(StaffStore.staff_id == staff_id)
    regions = select(StaffRegion.region_id).where(StaffRegion.staff_id == staff_id)
    return Place(
        set(session.scalars(stores)),
        set(session.scalars(regions)),
    )


def _listed(place: Place) -> dict[str, list[int]]:
    return {"stores": sorted(place.store_ids), "regions": sorted(place.region_ids)}


def _refuse_last_admin(person: Staff, *, stays: bool) -> None:
    """The rows are locked, so that two admins cannot switch each other off at once."""
    if stays or person.role != Role.ADMIN:
        return
    admins = select(Staff.id).where(Staff.role == Role.ADMIN, Staff.is_active).order_by(Staff.id)
    if list(session.scalars(admins.with_for_update())) == [person.id]:
        raise LastAdmin()
