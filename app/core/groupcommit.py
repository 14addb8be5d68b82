"""Many writers, one commit: what arrives while a commit runs goes into the next one together.

A writer thread takes what has gathered, writes it in one transaction, and only then tells each
caller: a thread that waits, or all tasks of an event loop by one call. Nothing is told before it
is durable; what cannot be told in time is `NotCommitted`, and may be stored all the same, so
writes must be idempotent.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

import structlog

log = structlog.get_logger()

Item = TypeVar("Item")
Result = TypeVar("Result")


class NotCommitted(Exception):
    """Nobody may say that it is stored: the database refused it, or was too slow."""


class _Ticket(Generic[Item, Result]):
    """One caller waiting for the commit of its item; `told` is what it waits on."""

    __slots__ = ("is_given_up", "item", "result", "told")

    def __init__(self, item: Item, told: threading.Lock | asyncio.Future[None]) -> None:
        self.item, self.told = item, told
        self.result: Result | None = None
        self.is_given_up = False

    def give_up(self) -> None:
        """Wait no longer; a task learns it at once."""
        self.is_given_up = True
        if isinstance(self.told, asyncio.Future):
            _wake([self.told])

    def answer(self) -> Result:
        """Raises NotCommitted."""
        if self.is_given_up:
            raise NotCommitted("the commit took too long")
        if self.result is None:
            raise NotCommitted("the database did not take it")
        return self.result


def _wake(futures: Sequence[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)


def _tell(tickets: Sequence[_Ticket[Any, Any]]) -> None:
    """A thread by its lock; the tasks of a loop all by one call, as each call wakes the loop."""
    waiting: defaultdict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = defaultdict(list)
    for ticket in tickets:
        if isinstance(ticket.told, asyncio.Future):
            waiting[ticket.told.get_loop()].append(ticket.told)
        else:
            ticket.told.release()
    for loop, futures in waiting.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_wake, futures)


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
        lock = threading.Lock()
        lock.acquire()
        ticket = self._queued(item, lock)
        if not lock.acquire(timeout=self._patience):
            ticket.give_up()
        return ticket.answer()

    async def committed(self, item: Item) -> Result:
        """The same for a task, whose loop goes on meanwhile."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        ticket = self._queued(item, future)
        patience = loop.call_later(self._patience, ticket.give_up)
        try:
            await future
        finally:
            patience.cancel()
        return ticket.answer()

    def _queued(
        self, item: Item, told: threading.Lock | asyncio.Future[None]
    ) -> _Ticket[Item, Result]:
        if self._tickets.qsize() >= self._longest_queue:
            raise NotCommitted("too many are waiting")
        if self._writer is None or not self._writer.is_alive():
            self._start()
        ticket: _Ticket[Item, Result] = _Ticket(item, told)
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
        _tell(group)
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
