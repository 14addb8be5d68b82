"""Many small pieces of work in one transaction: they share the commit, not their fates."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

from sandbox.store import Store

MOST = 500
Work = Callable[[sqlite3.Connection], Any]
Waiting = tuple[Work, "asyncio.Future[Any]"]
Outcome = tuple[Any, Exception | None]


class Groups:
    """Work is done in order on one thread, and its future is set after the commit.

    An exception of one piece is its own; it must be raised before that piece writes, for
    nothing is undone but by the failure of the whole group.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: queue.SimpleQueue[Waiting] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="groups", daemon=True).start()

    def submit(self, work: Work) -> "asyncio.Future[Any]":
        """Do the work with the next group; called on the server's loop."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.put((work, future))
        return future

    def _run(self) -> None:
        while True:
            group = [self._waiting.get()]
            while len(group) < MOST and not self._waiting.empty():
                group.append(self._waiting.get())
            outcomes = self._outcomes(group)
            group[0][1].get_loop().call_soon_threadsafe(_settle, group, outcomes)

    def _outcomes(self, group: list[Waiting]) -> list[Outcome]:
        try:
            with self._store.writing() as connection:
                return [_outcome(work, connection) for work, _ in group]
        except Exception as error:  # the commit itself failed: nobody's work is kept
            return [(None, error)] * len(group)


def _outcome(work: Work, connection: sqlite3.Connection) -> Outcome:
    try:
        return work(connection), None
    except Exception as refusal:
        return None, refusal


def _settle(group: list[Waiting], outcomes: list[Outcome]) -> None:
    """Wake all of a group at once, on the loop."""
    for (_, future), (result, refusal) in zip(group, outcomes, strict=True):
        if future.cancelled():  # the caller hung up
            continue
        if refusal:
            future.set_exception(refusal)
        else:
            future.set_result(result)
