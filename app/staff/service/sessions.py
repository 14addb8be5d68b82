"""Signed-in browsers: opened, seen, ended."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, select, update

from app.core import bells, clock, codes, db
from app.core.crypto import fingerprint
from app.core.db import session
from app.staff.models import ABSOLUTE, IDLE, Face, Staff, StaffSession


def open_for(person: Staff, face: Face) -> str:
    """A new session, always with a new token; answers the token."""
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


def is_live(found: StaffSession) -> bool:
    """Neither revoked, nor idle, nor too old."""
    at = clock.now()
    return (
        found.revoked_at is None and at - found.seen_at < IDLE and at - found.created_at < ABSOLUTE
    )


def sign_out(token: str) -> None:
    """End the session; its open pages are told at once."""
    _revoke(StaffSession.token_hash == fingerprint(token))


def end_all(staff_id: int) -> None:
    """No session of hers works any more, and her open pages are told."""
    _revoke(_hers(staff_id))


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
