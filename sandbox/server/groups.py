"""Many small pieces of work in one transaction: they share the commit, not their fates."""

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from sandbox.store import Store

MOST = 500
Work = Callable[[sqlite3.Connection], Any]


class Groups:
    """Work is done in order on one thread, and its future is set after the commit.

    An exception of one piece is its own; it must be raised before that piece writes, for
    nothing is undone but by the failure of the whole group.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: queue.SimpleQueue[tuple[Work, Future[Any]]] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="groups", daemon=True).start()

    def submit(self, work: Work) -> Future[Any]:
        """Do the work with the next group."""
        future: Future[Any] = Future()
        self._waiting.put((work, future))
        return future

    def _run(self) -> None:
        while True:
            group = [self._waiting.get()]
            while len(group) < MOST and not self._waiting.empty():
                group.append(self._waiting.get())
            self._settle(group)

    def _settle(self, group: list[tuple[Work, Future[Any]]]) -> None:
        try:
            with self._store.writing() as connection:
                outcomes = [_outcome(work, connection) for work, _ in group]
        except Exception as error:  # the commit itself failed: nobody's work is kept
            for _, future in group:
                future.set_exception(error)
            return
        for (_, future), (result, refusal) in zip(group, outcomes, strict=True):
            future.set_exception(refusal) if refusal else future.set_result(result)


def _outcome(work: Work, connection: sqlite3.Connection) -> tuple[Any, Exception | None]:
    try:
        return work(connection), None
    except Exception as refusal:
        return None, refusal
