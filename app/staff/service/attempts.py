"""Wrong tries, counted by account and by address, so that guessing is slow."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, case, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import clock
from app.core.crypto import fingerprint
from app.core.db import session
from app.core.errors import TooMany
from app.staff.models import LoginAttempt

FREE_FAILURES = 5
FREE_FAILURES_OF_AN_ADDRESS = 50  # a whole office, or a proxy, may stand behind one
LOCKED_FOR = timedelta(minutes=5)


class TooManyTries(TooMany):
    code, title = "too_many_tries", "试得太多了，5 分钟后再来，或让管理员重设密码"


def of_account(account: str) -> str:
    """The key under which tries for this account are counted, whether it exists or not."""
    return f"account:{fingerprint(account.strip().lower())}"


def of_address(address: str) -> str:
    """The key under which tries from this address are counted."""
    return f"address:{address}"


def of_device(device: str) -> str:
    """The key of a browser that has signed in before: it is not locked out by others."""
    return f"device:{fingerprint(device)}"


def refuse_if_locked(*keys: str) -> None:
    """Raises TooManyTries, which says when to come back."""
    locked = select(func.max(LoginAttempt.until)).where(
        LoginAttempt.key.in_(keys),
        LoginAttempt.failures >= _limit(),
        LoginAttempt.until > clock.now(),
    )
    until = session.scalar(locked)
    if until is not None:
        raise TooManyTries(retry_after=max(1, round((until - clock.now()).total_seconds())))


def count_failure(*keys: str) -> None:
    """Remember a failed try; called in a transaction of its own, since the failed one is undone.

    Five minutes without a failure, and the count begins anew.
    """
    now = clock.now()
    again = case((LoginAttempt.until > now, LoginAttempt.failures + 1), else_=1)
    for key in sorted(keys):
        fresh = {"key": key, "failures": 1, "until": now + LOCKED_FOR}
        statement = insert(LoginAttempt).values(fresh)
        changed = {"failures": again, "until": fresh["until"]}
        session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changed))


def forgive(*keys: str) -> None:
    """The right answer came."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.key.in_(keys)))


def _limit() -> ColumnElement[int]:
    is_address = LoginAttempt.key.startswith("address:")
    return case((is_address, FREE_FAILURES_OF_AN_ADDRESS), else_=FREE_FAILURES)
