"""Browsers that somebody has signed in with before: strangers cannot lock her out of them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.core import clock, codes
from app.core.crypto import fingerprint
from app.core.db import session
from app.staff.models import Staff, StaffDevice

REMEMBERED_FOR = timedelta(days=180)


def remember(person: Staff, token: str) -> str:
    """Know this browser from now on; answers its token, a new one if it had none of hers."""
    if token and is_known(person, token):
        return token
    fresh = codes.token()
    at = clock.now()
    session.add(StaffDevice(staff_id=person.id, token_hash=fingerprint(fresh), created_at=at))
    return fresh


def is_known(person: Staff | None, token: str) -> bool:
    """Whether she has signed in with this browser before."""
    if person is None or not token:
        return False
    since = clock.now() - REMEMBERED_FOR
    hers = select(StaffDevice.staff_id).where(
        StaffDevice.staff_id == person.id,
        StaffDevice.token_hash == fingerprint(token),
        StaffDevice.created_at > since,
    )
    return session.scalar(hers) is not None
