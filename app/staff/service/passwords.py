"""Passwords: argon2id, a least length, none of the common ones, no rule about what is in them."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from app.core import audit
from app.core.errors import BadInput
from app.staff.models import Staff
from app.staff.service import sessions

MIN_PASSWORD = 8
# Of at least that length, from the head of every published list of leaked passwords.
COMMON = frozenset(
    [
        "123456789",
        "12345678",
        "1234567890",
        "password",
        "password1",
        "password123",
        "qwertyui",
        "qwerty123",
        "1q2w3e4r",
        "1qaz2wsx",
        "11223344",
        "12341234",
        "87654321",
        "987654321",
        "66668888",
        "iloveyou",
        "5201314520",
        "woaini1314",
        "woaini520",
        "a123456789",
        "abc12345",
        "abcd1234",
        "asdfghjk",
        "zxcvbnm123",
        "admin123",
        "admin888",
        "qq123456",
        "wang1234",
        "147258369",
        "123123123",
        "123321123",
        "qazwsxedc",
        "sunshine",
        "football",
        "princess",
    ]
)

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's second choice
_NOBODY = _hasher.hash("an unknown login must take as long as a wrong password")


class WeakPassword(BadInput):
    code, title = "weak_password", f"密码至少 {MIN_PASSWORD} 个字，不用常见的"


class NotYourPassword(BadInput):
    code, title = "not_your_password", "现在的密码不对"

    def __init__(self) -> None:
        super().__init__(fields={"current": [self.title]})


def change(person: Staff, *, current: str, new: str, session_hash: str) -> None:
    """Her other sessions end. Raises NotYourPassword, WeakPassword."""
    if not matches(person, current):
        raise NotYourPassword()
    person.password_hash, person.must_change_password = hashed(new), False
    audit.record("staff.password_changed", actor=f"staff:{person.id}", subject=f"staff:{person.id}")
    sessions.end_all(person.id, but=session_hash)


def hashed(password: str) -> str:
    """What is stored. Raises WeakPassword."""
    is_common = password.lower() in COMMON or len(set(password)) == 1
    if len(password) < MIN_PASSWORD or is_common:
        raise WeakPassword(fields={"password": [WeakPassword.title]})
    return _hasher.hash(password)


def matches(person: Staff | None, password: str) -> bool:
    """Whether it is hers; for nobody it takes as long."""
    try:
        return _hasher.verify(person.password_hash if person else _NOBODY, password)
    except VerifyMismatchError:
        return False
