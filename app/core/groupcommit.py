"""Many writers, one commit: what arrives while a commit runs goes into the next one together.

A writer thread takes what has gathered, writes it in one transaction, and only then tells each
caller, a thread that waits (`core.loopcommit` does it for the tasks of an event loop). Nothing is
told before it is durable; what cannot be told in time is `NotCommitted`, and may be stored all
the same, so writes must be idempotent.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger()

Item = TypeVar("Item")
Result = TypeVar("Result")


class NotCommitted(Exception):
    """Nobody may say that it is stored: the database refused it, or was too slow."""


class _Ticket(Generic[Item, Result]):
    """One caller waiting for the commit of its item; `told` is the lock it waits on."""

    __slots__ = ("is_given_up", "item", "result", "told")

    def __init__(self, item: Item) -> None:
        self.item, self.told = item, threading.Lock()
        self.told.acquire()
        self.result: Result | None = None
        self.is_given_up = False

    def answer(self) -> Result:
        """Raises NotCommitted."""
        if self.is_given_up:
            raise NotCommitted("the commit took too long")
        if self.result is None:
            raise NotCommitted("the database did not take it")
        return self.result


class GroupCommit(Generic[Item, Result]):
    """`write` stores a group in one transaction and answers for each item, in their order.

    `after` runs once callers have been told, for all groups of the last moment together: it
    follows at `moment` seconds' distance while more arrives, and soon when nothing does. Where
    the last group had company, a `pause` lets the next one gather: fewer, larger commits.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Sequence[Result]],
        after: Callable[[], None],
        *,
        largest: int = 200,
        longest_queue: int = 2000,
        patience: float = 3.0,
        moment: float = 0.02,
        pause: float = 0.0005,
    ) -> None:
        self._write, self._after = write, after
        self._largest, self._longest_queue, self._patience = largest, longest_queue, patience
        self._pause, self._last_size = pause, 0
        self._moment, self._owed_since = moment, 0.0  # since when `after` is owed; 0: it is not
        self._tickets: SimpleQueue[_Ticket[Item, Result] | None] = SimpleQueue()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        atexit.register(self.stop)

    def submit(self, item: Item) -> Result:
        """Wait until the item is committed. Raises NotCommitted after `patience` seconds, when
        the queue is full, or when the item cannot be stored."""
        ticket = self._queued(item)
        ticket.is_given_up = not ticket.told.acquire(timeout=self._patience)
        return ticket.answer()

    def _queued(self, item: Item) -> _Ticket[Item, Result]:
        if self._tickets.qsize() >= self._longest_queue:
            raise NotCommitted("too many are waiting")
        if self._writer is None or not self._writer.is_alive():
            self._start()
        ticket: _Ticket[Item, Result] = _Ticket(item)
        self._tickets.put(ticket)
        return ticket

    def stop(self) -> None:
        """Store what is waiting, then end the writer."""
        writer, self._writer = self._writer, None
        if writer is not None:
            self._tickets.put(None)
            writer.join()

    def _start(self) -> None:
        """At first use, and again in a forked process, where the parent's thread does not run."""
        with self._starting:
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._serve, name="groupcommit", daemon=True)
                self._writer.start()

    def _serve(self) -> None:
        is_open = True
        while is_open:
            group, is_open = self._gather()
            if group:
                self._store(group)
            if self._owed_since and (not group or not is_open or self._is_moment_over()):
                self._owed_since = 0.0
                self._ring()

    def _ring(self) -> None:
        """Whatever it meets, the writer lives on: others wait for it."""
        try:
            self._after()
        except Exception as error:
            log.warning("groupcommit.after_failed", kind=type(error).__name__)

    def _is_moment_over(self) -> bool:
        return time.monotonic() - self._owed_since > self._moment

    def _gather(self) -> tuple[list[_Ticket[Item, Result]], bool]:
        """All that wait now; none when nothing came soon enough; False once a stop was asked."""
        group: list[_Ticket[Item, Result]] = []
        try:
            ticket = self._tickets.get(timeout=self._moment / 4 if self._owed_since else None)
            if self._last_size > 1:
                time.sleep(self._pause)  # who has just been told is about to come again
            while ticket is not None:
                group.append(ticket)
                if len(group) == self._largest:
                    return group, True
                ticket = self._tickets.get_nowait()
        except Empty:
            return group, True
        return group, False

    def _store(self, group: list[_Ticket[Item, Result]]) -> None:
        self._last_size = len(group)
        results: Sequence[Result | None]
        try:
            results = self._write([ticket.item for ticket in group])
        except Exception as error:
            log.warning("groupcommit.failed", size=len(group), kind=type(error).__name__)
            results = [self._alone(ticket) for ticket in group]
        for ticket, result in zip(group, results, strict=True):
            ticket.result = result
            ticket.told.release()
        self._owed_since = self._owed_since or time.monotonic()

    def _alone(self, ticket: _Ticket[Item, Result]) -> Result | None:
        """One bad row must not take its neighbours with it; nobody waits for a given-up one."""
        if ticket.is_given_up:
            return None
        try:
            return self._write([ticket.item])[0]
        except Exception as error:
            log.warning("groupcommit.refused", kind=type(error).__name__)
            return None
