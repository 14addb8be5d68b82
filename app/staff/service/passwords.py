"""Passwords: argon2id, a least length, and no rule about what they are made of."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from app.core.errors import BadInput
from app.staff.models import Staff

MIN_PASSWORD = 8

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's second choice
_NOBODY = _hasher.hash("an unknown login must take as long as a wrong password")


class WeakPassword(BadInput):
    code, title = "weak_password", f"密码至少 {MIN_PASSWORD} 个字"


def hashed(password: str) -> str:
    """What is stored. Raises WeakPassword."""
    if len(password) < MIN_PASSWORD:
        raise WeakPassword(fields={"password": [WeakPassword.title]})
    return _hasher.hash(password)


def matches(person: Staff | None, password: str) -> bool:
    """Whether it is hers; for nobody it takes as long."""
    try:
        return _hasher.verify(person.password_hash if person else _NOBODY, password)
    except VerifyMismatchError:
        return False
