"""What each account's door refused lately: the doctor tells a wrong Token from a wrong key by it.

WeChat's console cannot be asked what it holds, so a disagreement shows only in what is refused.
Kept in Redis for a day, noted at most once a second for an account and reason; losing it loses
nothing.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import redis

from app.core import clock, queue
from app.wechat.refusals import Reason, Refused

KEPT_SECONDS = 86_400
ONCE_IN_SECONDS = 1.0
_noted: dict[tuple[int, Reason], float] = {}


_aside = ThreadPoolExecutor(1, "evidence")  # for a loop, which must not wait for Redis


def note(account_id: int, refusal: Refused, *, aside: bool = False) -> None:
    """Keep that the account's door refused; `aside` without waiting for it."""
    if _is_due(account_id, refusal.reason):
        if aside:
            _aside.submit(_note, account_id, refusal.reason)
        else:
            _note(account_id, refusal.reason)


def _is_due(account_id: int, reason: Reason) -> bool:
    at = time.monotonic()
    if at - _noted.get((account_id, reason), -ONCE_IN_SECONDS) < ONCE_IN_SECONDS:
        return False
    _noted[account_id, reason] = at
    return True


def _note(account_id: int, reason: Reason) -> None:
    try:
        with queue.connection().pipeline() as pipeline:
            pipeline.hset(_key(account_id), reason, str(clock.now().timestamp()))
            pipeline.expire(_key(account_id), KEPT_SECONDS)
            pipeline.execute()
    except redis.RedisError:
        return  # the refusal itself is logged and counted


def last_refusals(account_id: int) -> dict[Reason, datetime]:
    """When each reason was last met, of the last day. Raises RedisError."""
    found = queue.connection().hgetall(_key(account_id))
    return {
        Reason(_text(reason)): datetime.fromtimestamp(float(at), UTC)
        for reason, at in found.items()
    }


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _key(account_id: int) -> str:
    return f"huike:refused:{account_id}"
