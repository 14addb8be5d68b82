"""A worker in a process of its own that dies, or stands still, at an exact point of its work.

The points are found in the statements it sends, so nothing of the product is replaced. It is a
fork, as RQ's workers are.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from app.core import db
from app.wechat import gateway

POINTS = {
    "before the claim is committed": ("before_commit", "INSERT INTO push_batches"),
    "after the claim is committed": ("after_commit", "INSERT INTO push_batches"),
    "after the call": ("statement", "AND push_batches.lease_token ="),
    "before the settling is committed": ("before_commit", ", errcode = "),
    "after the settling is committed": ("after_commit", ", errcode = "),
}


def fork(work: Callable[[], None], wechat_url: str) -> int:
    """Let a child do the work with connections of its own; answers its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        db.dispose_after_fork()
        gateway.configure(wechat_url)
        work()
    finally:
        os._exit(0)


def wait(pid: int) -> bool:
    """Whether it came to its end by itself."""
    _, status = os.waitpid(pid, 0)
    return not os.WIFSIGNALED(status)


def at_point(name: str, work: Callable[[], None], how: int = signal.SIGKILL) -> Callable[[], None]:
    """The same work, with the signal sent to oneself where the point is reached first."""
    moment, words = POINTS[name]

    def doomed() -> None:
        seen: list[str] = []

        def strike(reached: str) -> None:
            if reached == moment and any(words in statement for statement in seen):
                seen.clear()
                os.kill(os.getpid(), how)

        def note(_c, _cursor, statement, *_: object) -> None:
            seen.append(statement)
            strike("statement")

        def committed(_session: Session) -> None:
            strike("after_commit")
            seen.clear()

        event.listen(Engine, "before_cursor_execute", note)
        event.listen(Session, "before_commit", lambda _session: strike("before_commit"))
        event.listen(Session, "after_commit", committed)
        work()

    return doomed


def kill_at_random(pid: int, lot: random.Random, most_seconds: float) -> bool:
    """Kill it some time from now; False when it had ended before."""
    time.sleep(lot.uniform(0, most_seconds))
    os.kill(pid, signal.SIGKILL)  # a child not waited for is there, dead or alive
    return not wait(pid)
