"""Staff: logging in, sessions that can be revoked, who may see what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import ColumnElement, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.brands import service as brands
from app.core import bells, clock, codes, db
from app.core.crypto import fingerprint
from app.core.db import session
from app.core.errors import BadInput, NotSignedIn, TooMany
from app.staff.models import (
    ABSOLUTE,
    ALL_STORES,
    IDLE,
    Face,
    LoginAttempt,
    Role,
    Staff,
    StaffSession,
    StaffStore,
)

FREE_FAILURES = 5
FREE_FAILURES_OF_AN_ADDRESS = 50  # a whole office, or a proxy, may stand behind one
LOCKED_FOR = timedelta(minutes=5)
MIN_PASSWORD = 8

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's second choice
_NOBODY = _hasher.hash("an unknown login must take as long as a wrong password")


class WrongPassword(NotSignedIn):
    code, title = "wrong_password", "账号或密码不对，检查后再试"


class TooManyTries(TooMany):
    code, title = "too_many_tries", "试得太多了，5 分钟后再来，或让管理员重设密码"


class WeakPassword(BadInput):
    code, title = "weak_password", f"密码至少 {MIN_PASSWORD} 个字"


@dataclass(frozen=True)
class Actor:
    """Who is acting, as an immutable value: safe to carry over transactions."""

    staff_id: int
    brand_id: int
    name: str
    role: Role
    store_ids: frozenset[int] | None  # None: all stores of the brand
    session_hash: str

    def may_see_store(self, store_id: int) -> bool:
        """Whether this store is within her scope."""
        return self.store_ids is None or store_id in self.store_ids

    @property
    def audit_name(self) -> str:
        """How the audit names her: an id, never a name."""
        return f"staff:{self.staff_id}"


def add(
    *, login: str, name: str, role: Role, password: str, store_ids: Collection[int] = ()
) -> Staff:
    """Someone who may log in. Raises WeakPassword."""
    if len(password) < MIN_PASSWORD:
        raise WeakPassword(fields={"password": [WeakPassword.title]})
    person = Staff(
        login=login,
        name=name,
        role=role,
        password_hash=_hasher.hash(password),
        created_at=clock.now(),
    )
    session.add(person)
    session.flush()
    set_stores(person.id, store_ids)
    return person


def set_stores(staff_id: int, store_ids: Collection[int]) -> None:
    """Where she works from now on; it holds for her next request."""
    session.execute(delete(StaffStore).where(StaffStore.staff_id == staff_id))
    session.add_all(StaffStore(staff_id=staff_id, store_id=store_id) for store_id in store_ids)
    session.flush()


def sign_in(account: str, password: str, face: Face, address: str) -> str:
    """Check the password and open a session; answers its token.

    `account` is `login@brand`, or just `login` where there is one brand. Runs in a transaction
    without a brand and names it. Raises WrongPassword, TooManyTries.
    """
    login, _, slug = account.strip().partition("@")
    keys = (f"account:{fingerprint(account.strip().lower())}", f"address:{address}")
    _refuse_if_locked(keys)
    person = _find(login, slug)
    if not _matches(person, password) or person is None:
        raise WrongPassword()
    session.execute(delete(LoginAttempt).where(LoginAttempt.key.in_(keys)))
    return _open_session(person, face)


def count_failure(account: str, address: str) -> None:
    """Remember a failed try; called in a transaction of its own, since the failed one is undone."""
    for key in (f"account:{fingerprint(account.strip().lower())}", f"address:{address}"):
        fresh = {"key": key, "failures": 1, "until": clock.now() + LOCKED_FOR}
        statement = insert(LoginAttempt).values(fresh)
        again = {"failures": LoginAttempt.failures + 1, "until": fresh["until"]}
        session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=again))


def actor(token: str, face: Face) -> Actor:
    """Who holds this session now, with today's role and stores. Raises NotSignedIn."""
    found = session.get(StaffSession, fingerprint(token)) if token else None
    if found is None or found.face != face or not _is_live(found):
        raise NotSignedIn()
    db.enter_brand(found.brand_id)
    person = db.get(Staff, found.staff_id)
    if person is None or not person.is_active:
        raise NotSignedIn()
    if clock.now() - found.seen_at > timedelta(minutes=1):
        found.seen_at = clock.now()
    return Actor(
        staff_id=person.id,
        brand_id=found.brand_id,
        name=person.name,
        role=person.role,
        store_ids=_scope(person),
        session_hash=found.token_hash,
    )


def sign_out(token: str) -> None:
    """End the session; its open pages are told at once."""
    _revoke(StaffSession.token_hash == fingerprint(token))


def disable(staff_id: int) -> None:
    """She has left: no session of hers works any more."""
    person = session.get_one(Staff, (db.current_brand_id(), staff_id))
    person.is_active = False
    ours = (StaffSession.brand_id == db.current_brand_id()) & (StaffSession.staff_id == staff_id)
    _revoke(ours)


def _revoke(which: object) -> None:
    statement = update(StaffSession).where(which, StaffSession.revoked_at.is_(None))  # type: ignore[arg-type]
    ended = session.scalars(
        statement.values(revoked_at=clock.now()).returning(StaffSession.token_hash)
    )
    for token_hash in ended:
        bells.ring(f"session:{token_hash}", 0)


def _find(login: str, slug: str) -> Staff | None:
    try:
        brand = brands.by_slug(slug) if slug else brands.only()
    except brands.NoSuchBrand:
        return None
    db.enter_brand(brand.id)
    return session.scalar(select(Staff).filter_by(login=login, is_active=True))


def _matches(person: Staff | None, password: str) -> bool:
    try:
        return _hasher.verify(person.password_hash if person else _NOBODY, password)
    except VerifyMismatchError:
        return False


def _refuse_if_locked(keys: tuple[str, ...]) -> None:
    locked = select(LoginAttempt.key).where(
        LoginAttempt.key.in_(keys),
        LoginAttempt.failures >= _limit(),
        LoginAttempt.until > clock.now(),
    )
    if session.scalar(locked.limit(1)) is not None:
        raise TooManyTries()


def _limit() -> ColumnElement[int]:
    is_address = LoginAttempt.key.startswith("address:")
    return case((is_address, FREE_FAILURES_OF_AN_ADDRESS), else_=FREE_FAILURES)


def _open_session(person: Staff, face: Face) -> str:
    token, at = codes.token(), clock.now()
    session.add(
        StaffSession(
            token_hash=fingerprint(token),
            brand_id=person.brand_id,
            staff_id=person.id,
            face=face,
            created_at=at,
            seen_at=at,
        )
    )
    return token


def _is_live(found: StaffSession) -> bool:
    at = clock.now()
    return (
        found.revoked_at is None and at - found.seen_at < IDLE and at - found.created_at < ABSOLUTE
    )


def _scope(person: Staff) -> frozenset[int] | None:
    if person.role in ALL_STORES:
        return None
    return frozenset(session.scalars(select(StaffStore.store_id).filter_by(staff_id=person.id)))
