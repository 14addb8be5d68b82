"""From account and password to a session."""

from __future__ import annotations

from sqlalchemy import select

from app.brands import service as brands
from app.core import db
from app.core.db import session
from app.core.errors import NotSignedIn
from app.staff.models import Face, Staff
from app.staff.service import attempts, passwords, sessions


class WrongPassword(NotSignedIn):
    code, title = "wrong_password", "账号或密码不对，检查后再试"


def sign_in(account: str, password: str, face: Face, address: str) -> str:
    """Check the password and open a session; answers its token.

    `account` is `login@brand`, or just `login` where there is one brand. Runs in a transaction
    without a brand and names it. Raises WrongPassword, TooManyTries.
    """
    keys = keys_of(account, address)
    attempts.refuse_if_locked(*keys)
    login, _, slug = account.strip().partition("@")
    person = _find(login, slug)
    if not passwords.matches(person, password) or person is None:
        raise WrongPassword()
    attempts.forgive(*keys)
    return sessions.open_for(person, face)


def keys_of(account: str, address: str) -> tuple[str, ...]:
    """Under which keys a failed try is counted."""
    return attempts.of_account(account), attempts.of_address(address)


def _find(login: str, slug: str) -> Staff | None:
    try:
        brand = brands.by_slug(slug) if slug else brands.only()
    except brands.NoSuchBrand:
        return None
    db.enter_brand(brand.id)
    return session.scalar(select(Staff).filter_by(login=login, is_active=True))
