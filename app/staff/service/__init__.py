"""Staff: logging in, sessions that can be revoked, who may see what."""

from app.staff.service.actors import Actor, actor
from app.staff.service.attempts import TooManyTries, count_failure
from app.staff.service.passwords import WeakPassword
from app.staff.service.people import add, disable, set_regions, set_stores
from app.staff.service.sessions import sign_out
from app.staff.service.signing_in import WrongPassword, keys_of, sign_in

__all__ = [
    "Actor",
    "TooManyTries",
    "WeakPassword",
    "WrongPassword",
    "actor",
    "add",
    "count_failure",
    "disable",
    "keys_of",
    "set_regions",
    "set_stores",
    "sign_in",
    "sign_out",
]
