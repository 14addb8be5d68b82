"""The rotating member code: sixteen digits that say who she is, for a minute.

One digit of the minute, nine of her id under a pad of that minute, six of a keyed check. Nothing
is stored, so the card can show it and a till can read it without asking each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core import db
from app.core.crypto import keyring
from app.core.errors import Conflict, NotFound

LASTS = timedelta(minutes=1)
ID_SPACE, CHECK_SPACE = 10**9, 10**6
LENGTH = 16
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NotACode(NotFound):
    code, title = "not_a_member_code", "这不是会员码，请她打开会员卡再扫"


class CodeEnded(Conflict):
    code, title = "member_code_ended", "会员码过期了，请她下拉刷新会员卡"


@dataclass(frozen=True)
class MemberCode:
    """The digits and the moment at which the card shows the next ones."""

    digits: str
    ends_at: datetime


def of_member(member_id: int, at: datetime) -> MemberCode:
    """Her code for the minute that `at` lies in."""
    minute = minute_of(at)
    padded = (member_id + _pad(minute)) % ID_SPACE
    digits = f"{minute % 10}{padded:09}{_check(member_id, minute):06}"
    return MemberCode(digits, EPOCH + (minute + 1) * LASTS)


def member_id(digits: str, at: datetime) -> int:
    """Whose code this is. It still holds in the minute after its own.

    Raises NotACode, and CodeEnded for one that was right some minutes ago.
    """
    return read(digits, at)[0]


def read(digits: str, at: datetime) -> tuple[int, int]:
    """Whose code this is, and of which minute. Raises as `member_id`."""
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
        raise NotACode()
    now = minute_of(at)
    for minute in range(now, now - 10, -1):
        found = _id_in(digits, minute)
        if found is not None:
            refuse_ended(minute, at)
            return found, minute
    raise NotACode()


def member_in(digits: str, minute: int) -> int:
    """Whose code this was in that minute. Raises NotACode."""
    found = _id_in(digits, minute)
    if found is None:
        raise NotACode()
    return found


def refuse_ended(minute: int, at: datetime) -> None:
    """A code holds in its minute and the next; one of a later minute is of no card of ours.

    Raises CodeEnded, NotACode."""
    age = minute_of(at) - minute
    if age < 0:
        raise NotACode()
    if age > 1:
        raise CodeEnded()


def minute_of(at: datetime) -> int:
    """The minute, counted since 1970."""
    return (at - EPOCH) // LASTS


def _id_in(digits: str, minute: int) -> int | None:
    member_id = (int(digits[1:10]) - _pad(minute)) % ID_SPACE
    is_hers = f"{minute % 10}{_check(member_id, minute):06}" == digits[0] + digits[10:]
    return member_id if is_hers else None


def _pad(minute: int) -> int:
    return _keyed(f"{minute}", "code.pad") % ID_SPACE


def _check(member_id: int, minute: int) -> int:
    return _keyed(f"{member_id}.{minute}", "code.check") % CHECK_SPACE


def _keyed(value: str, purpose: str) -> int:
    return int(keyring().index(value, context=f"{db.current_brand_id()}.{purpose}"), 16)
