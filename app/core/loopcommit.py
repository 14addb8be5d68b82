"""Many writers, one commit, on an event loop: what `core.groupcommit` is for threads.

No second thread takes part, which would fight the loop for the interpreter over each group:
while the database commits one group, the loop reads the callers of the next. Nothing is told
before it is durable; what cannot be told in time is `NotCommitted`, and may be stored all the
same, so writes must be idempotent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

import structlog

from app.core.groupcommit import NotCommitted

log = structlog.get_logger()

Item = TypeVar("Item")
Result = TypeVar("Result")


class LoopCommit(Generic[Item, Result]):
    """`write` stores a group in one transaction and answers for each item, in their order.

    `after` runs in a thread of its own, as it may wait for somebody: soon after a group, and at
    `moment` seconds' distance while more arrives.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        after: Callable[[], None],
        *,
        largest: int = 200,
        longest_queue: int = 2000,
        patience: float = 3.0,
        moment: float = 0.02,
    ) -> None:
        self._write, self._after = write, after
        self._largest, self._longest_queue = largest, longest_queue
        self._patience, self._moment = patience, moment
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._serving: asyncio.Task[None] | None = None
        self._aside = ThreadPoolExecutor(1, "after-commit")
        self._is_owed = False

    async def committed(self, item: Item) -> Result:
        """Wait until the item is committed. Raises NotCommitted after `patience` seconds, when
        the queue is full, or when the item cannot be stored."""
        if len(self._waiting) >= self._longest_queue:
            raise NotCommitted("too many are waiting")
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Result] = loop.create_future()
        self._waiting.append((item, told))
        if self._serving is None or self._serving.done():
            self._serving = loop.create_task(self._serve())
        patience = loop.call_later(self._patience, _give_up, told)
        try:
            return await told
        finally:
            patience.cancel()

    async def _serve(self) -> None:
        while self._waiting:
            size = min(self._largest, len(self._waiting))
            await self._store([self._waiting.popleft() for _ in range(size)])
            self._owe()

    async def _store(self, group: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in group])
        except Exception as error:
            log.warning("groupcommit.failed", size=len(group), kind=type(error).__name__)
            for item, told in group:
                await self._alone(item, told)
            return
        for (_, told), result in zip(group, results, strict=True):
            if not told.done():
                told.set_result(result)

    async def _alone(self, item: Item, told: asyncio.Future[Result]) -> None:
        """One bad row must not take its neighbours with it; nobody waits for a given-up one."""
        if told.done():
            return
        try:
            results = await self._write([item])
        except Exception as error:
            log.warning("groupcommit.refused", kind=type(error).__name__)
            if not told.done():
                told.set_exception(NotCommitted("the database did not take it"))
            return
        if not told.done():
            told.set_result(results[0])

    def _owe(self) -> None:
        """One call of `after` answers for every group until it begins."""
        if not self._is_owed:
            self._is_owed = True
            delay = self._moment if self._waiting else self._moment / 10
            asyncio.get_running_loop().call_later(delay, self._settle)

    def _settle(self) -> None:
        self._is_owed = False
        self._aside.submit(self._ring)

    def _ring(self) -> None:
        try:
            self._after()
        except Exception as error:
            log.warning("groupcommit.after_failed", kind=type(error).__name__)


def _give_up(told: asyncio.Future[Result]) -> None:
    if not told.done():
        told.set_exception(NotCommitted("the commit took too long"))
