"""What each account's door refused lately: the doctor tells a wrong Token from a wrong key by it.

WeChat's console cannot be asked what it holds, so a disagreement shows only in what is refused.
Kept in Redis for a day, noted at most once a second for an account and reason; losing it loses
nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import redis

from app.core import clock, queue
from app.wechat.refusals import Reason, Refused

KEPT_SECONDS = 86_400
ONCE_IN_SECONDS = 1.0
_noted: dict[tuple[int, Reason], float] = {}


_aside = ThreadPoolExecutor(1, "evidence")  # for a loop, which must not wait for Redis


@contextmanager
def kept(account_id: int, *, aside: bool = False) -> Iterator[None]:
    """Note a refusal of the block, and let it pass on; `aside` notes without waiting for it."""
    try:
        yield
    except Refused as refusal:
        if _is_due(account_id, refusal.reason):
            note = partial(_note, account_id, refusal.reason)
            _aside.submit(note) if aside else note()
        raise


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
