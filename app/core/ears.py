"""Hearing bells: one Redis subscription a process, handed on to its open pages.

Bells of one topic coalesce, so a slow page holds at most one a topic and needs no queue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis.asyncio as redis

from app.core import bells

AGAIN_SECONDS = 1


class Ear:
    """One open page, and the newest bell of each topic that it has not been told yet."""

    def __init__(self, topics: set[str]) -> None:
        self.topics = topics
        self.waiting: dict[str, str] = {}
        self.rung = asyncio.Event()

    def ring(self, topic: str, seq: str) -> None:
        """Something changed."""
        self.waiting[topic] = seq
        self.rung.set()

    async def take(self, seconds: float) -> dict[str, str]:
        """What was rung since the last time; waits this long for something."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.rung.wait(), seconds)
        self.rung.clear()
        taken, self.waiting = self.waiting, {}
        return taken


class Ears:
    """All open pages of this process."""

    def __init__(self, redis_url: str) -> None:
        self._open: set[Ear] = set()
        self._redis = redis.Redis.from_url(redis_url, decode_responses=True)

    @contextmanager
    def opened(self, ear: Ear) -> Iterator[None]:
        """Hand bells to this page while it is open."""
        self._open.add(ear)
        try:
            yield
        finally:
            self._open.discard(ear)

    async def listen(self) -> None:
        """Hand on every bell. A lost connection is opened again; it costs the pages one poll."""
        while True:
            with suppress(redis.RedisError):
                await self._hear()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self) -> None:
        async with self._redis.pubsub() as heard:
            await heard.psubscribe(f"{bells.PREFIX}*")
            async for message in heard.listen():
                if message["type"] == "pmessage":
                    self._hand_on(message["channel"].removeprefix(bells.PREFIX), message["data"])

    def _hand_on(self, topic: str, seq: str) -> None:
        for ear in self._open:
            if topic in ear.topics:
                ear.ring(topic, seq)
