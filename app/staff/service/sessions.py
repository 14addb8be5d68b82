"""Signed-in browsers: opened, seen, ended."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, select, true, update

from app.core import bells, clock, codes, db
from app.core.crypto import fingerprint
from app.core.db import session
from app.core.errors import NotFound
from app.staff.models import ABSOLUTE, IDLE, LONGEST_AGENT, Face, Staff, StaffSession


class NoSession(NotFound):
    code, title = "no_session", "没有这次登录，或已经退出了"


def open_for(person: Staff, face: Face, agent: str = "") -> str:
    """A new session, always with a new token; answers the token."""
    token, at = codes.token(), clock.now()
    session.add(
        StaffSession(
            token_hash=fingerprint(token),
            brand_id=person.brand_id,
            staff_id=person.id,
            face=face,
            agent=agent[:LONGEST_AGENT],
            created_at=at,
            seen_at=at,
        )
    )
    return token


def is_live(found: StaffSession) -> bool:
    """Neither revoked, nor idle, nor too old."""
    at = clock.now()
    is_awake = at - found.seen_at < IDLE[found.face]
    return found.revoked_at is None and is_awake and at - found.created_at < ABSOLUTE[found.face]


def sign_out(token: str) -> None:
    """End the session; its open pages are told at once."""
    _revoke(StaffSession.token_hash == fingerprint(token))


def end_all(staff_id: int, *, but: str | None = None) -> None:
    """No session of hers works any more, but the one with this hash; her open pages are told."""
    others = StaffSession.token_hash != but if but else true()
    _revoke(_hers(staff_id) & others)


def end_one(staff_id: int, number: str) -> None:
    """End the session of hers with this number. Raises NoSession."""
    found = [each for each in of_person(staff_id) if number_of(each) == number]
    if not found:
        raise NoSession()
    _revoke(StaffSession.token_hash == found[0].token_hash)


def of_person(staff_id: int) -> list[StaffSession]:
    """Her living sessions, the last used first."""
    hers = select(StaffSession).where(_hers(staff_id), _not_revoked())
    found = session.scalars(hers.order_by(StaffSession.seen_at.desc()))
    return [each for each in found if is_live(each)]


def number_of(found: StaffSession) -> str:
    """How a page names a session: a piece of its hash, by which nobody can come in."""
    return found.token_hash[:16]


def close_streams(staff_id: int) -> None:
    """Her open pages connect again, with what she may hear now."""
    alive = select(StaffSession.token_hash).where(_hers(staff_id), _not_revoked())
    _tell(session.scalars(alive))


def _revoke(which: ColumnElement[bool]) -> None:
    statement = update(StaffSession).where(which, _not_revoked())
    _tell(
        session.scalars(statement.values(revoked_at=clock.now()).returning(StaffSession.token_hash))
    )


def _tell(token_hashes: Iterable[str]) -> None:
    for token_hash in token_hashes:
        bells.ring(f"session:{token_hash}", 0)


def _hers(staff_id: int) -> ColumnElement[bool]:
    return (StaffSession.brand_id == db.current_brand_id()) & (StaffSession.staff_id == staff_id)


def _not_revoked() -> ColumnElement[bool]:
    return StaffSession.revoked_at.is_(None)
