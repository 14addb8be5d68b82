"""Staff: logging in, sessions that can be revoked, who may see what."""

from app.staff.service.actors import Actor, actor
from app.staff.service.attempts import TooManyTries, count_failure
from app.staff.service.passwords import NotYourPassword, WeakPassword
from app.staff.service.people import add, disable, set_regions, set_stores
from app.staff.service.sessions import sign_out
from app.staff.service.signing_in import (
    Browser,
    CodeNeeded,
    Half,
    SignedIn,
    WrongPassword,
    code_key,
    count_wrong_password,
    finish,
    sign_in,
    sign_in_by_name,
)
from app.staff.service.totp import WrongCode

__all__ = [
    "Actor",
    "Browser",
    "CodeNeeded",
    "Half",
    "NotYourPassword",
    "SignedIn",
    "TooManyTries",
    "WeakPassword",
    "WrongCode",
    "WrongPassword",
    "actor",
    "add",
    "code_key",
    "count_failure",
    "count_wrong_password",
    "disable",
    "finish",
    "set_regions",
    "set_stores",
    "sign_in",
    "sign_in_by_name",
    "sign_out",
]
