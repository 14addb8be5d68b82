"""What is told as committed is committed; what arrives together is committed together."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.groupcommit import GroupCommit, NotCommitted
from app.core.loopcommit import LoopCommit


class Store:
    """A database that remembers what it was given, and can be slow or refuse."""

    def __init__(self, *, seconds: float = 0.0, refuses: str = "") -> None:
        self.seconds, self.refuses = seconds, refuses
        self.groups: list[list[str]] = []
        self.rings = self.rung_after = 0

    def write(self, items: list[str]) -> list[str]:
        time.sleep(self.seconds)
        if self.refuses and self.refuses in items:
            raise ValueError("a bad row")
        self.groups.append(list(items))
        return [item.upper() for item in items]

    def ring(self) -> None:
        self.rings += 1
        self.rung_after = sum(map(len, self.groups))


class Threads:
    """GroupCommit, whose callers are waiting threads."""

    def __init__(self, store: Store, **limits: float) -> None:
        self.group: GroupCommit = GroupCommit(store.write, store.ring, **limits)

    def submit(self, item: str) -> str:
        return self.group.submit(item)

    def submit_all(self, items: list[str]) -> list[str]:
        with ThreadPoolExecutor(len(items)) as pool:
            return list(pool.map(self.told, items))

    def told(self, item: str) -> str:
        try:
            return self.submit(item)
        except NotCommitted:
            return "not committed"

    def stop(self) -> None:
        self.group.stop()


class Tasks(Threads):
    """LoopCommit, whose callers are the tasks of a loop; a thread of the test's runs it."""

    def __init__(self, store: Store, **limits: float) -> None:
        async def write(items: list[str]) -> list[str]:
            return await asyncio.to_thread(store.write, items)

        self.loop = asyncio.new_event_loop()
        self.running = threading.Thread(target=self.loop.run_forever)
        self.running.start()
        self.group = LoopCommit(write, lambda: store.ring(), **limits)

    def submit(self, item: str) -> str:
        return asyncio.run_coroutine_threadsafe(self.group.committed(item), self.loop).result()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.running.join()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()


@pytest.fixture(params=[Threads, Tasks])
def group_of(request):
    """Waiting threads and the tasks of a loop are held to the same promises."""
    opened = []

    def make(store: Store, **limits: float) -> Threads:
        opened.append(request.param(store, **limits))
        return opened[-1]

    yield make
    for group in opened:
        group.stop()


@pytest.fixture
def threads_of():
    """Promises of the thread's writer alone."""
    opened = []

    def make(store: Store, **limits: float) -> GroupCommit:
        opened.append(GroupCommit(store.write, store.ring, **limits))
        return opened[-1]

    yield make
    for group in opened:
        group.stop()


def test_each_caller_hears_of_its_own_item(group_of):
    store = Store()

    assert group_of(store).submit_all(["a", "b", "c"]) == ["A", "B", "C"]


def test_what_arrives_during_a_commit_shares_the_next_one(group_of):
    store = Store(seconds=0.05)
    items = [f"item-{number}" for number in range(30)]

    group_of(store).submit_all(items)

    assert sorted(item for group in store.groups for item in group) == sorted(items)
    assert len(store.groups) <= 4


def test_a_ring_follows_what_was_stored_though_not_each_group_has_its_own(group_of):
    store = Store(seconds=0.002)
    group = group_of(store)

    group.submit_all([f"item-{number}" for number in range(30)])
    group.submit_all([f"later-{number}" for number in range(30)])
    time.sleep(0.1)

    assert 1 <= store.rings <= len(store.groups)
    assert store.rung_after == sum(map(len, store.groups))


def test_a_forked_process_has_a_writer_of_its_own(threads_of):
    group = threads_of(Store(), patience=1.0)
    group.submit("a")

    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if group.submit("b") == "B" else 1)
        finally:
            os._exit(2)

    assert os.waitpid(child, 0)[1] == 0


def test_a_ring_that_fails_does_not_end_the_writer(group_of):
    store = Store()
    store.ring = lambda: 1 / 0
    group = group_of(store)

    assert group.submit("a") == "A"
    time.sleep(0.1)

    assert group.submit("b") == "B"


def test_no_group_is_larger_than_the_largest(group_of):
    store = Store(seconds=0.02)

    group_of(store, largest=5).submit_all([str(number) for number in range(30)])

    assert max(map(len, store.groups)) <= 5


def test_one_bad_row_fails_alone(group_of):
    store = Store(seconds=0.02, refuses="bad")

    told = group_of(store).submit_all(["a", "bad", "b", "c"])

    assert told == ["A", "not committed", "B", "C"]


def test_who_waited_too_long_is_not_told_that_it_is_stored(group_of):
    group = group_of(Store(seconds=0.5), patience=0.1)
    began = time.monotonic()

    assert group.submit_all(["slow"]) == ["not committed"]

    assert time.monotonic() - began < 0.4


def test_a_loop_goes_on_while_its_tasks_wait():
    store, turns = Store(seconds=0.2), []

    async def write(items: list[str]) -> list[str]:
        return await asyncio.to_thread(store.write, items)

    async def live() -> None:
        task = asyncio.create_task(LoopCommit(write, store.ring).committed("a"))
        while not task.done():
            turns.append(1)
            await asyncio.sleep(0.01)

    asyncio.run(live())

    assert len(turns) > 5


def test_a_task_that_left_takes_no_neighbour_with_it():
    store = Store(seconds=0.05)

    async def write(items: list[str]) -> list[str]:
        return await asyncio.to_thread(store.write, items)

    async def leave() -> str:
        group = LoopCommit(write, store.ring)
        left = asyncio.create_task(group.committed("a"))
        stays = asyncio.create_task(group.committed("b"))
        await asyncio.sleep(0.01)
        left.cancel()
        return await stays

    assert asyncio.run(leave()) == "B"


def test_a_full_queue_refuses_at_once(group_of):
    group = group_of(Store(seconds=0.3), largest=1, longest_queue=2, patience=2.0)
    waiting = [threading.Thread(target=group.told, args=("a",)) for _ in range(4)]
    for thread in waiting:
        thread.start()
    time.sleep(0.05)
    began = time.monotonic()

    with pytest.raises(NotCommitted):
        group.submit("one too many")

    assert time.monotonic() - began < 1.0  # half of what it would have waited
    for thread in waiting:
        thread.join()


def test_a_stop_stores_what_is_waiting(threads_of):
    store = Store(seconds=0.1)
    group = threads_of(store)
    callers = [threading.Thread(target=group.submit, args=(name,)) for name in ("a", "b")]
    for caller in callers:
        caller.start()
    time.sleep(0.05)

    group.stop()

    for caller in callers:
        caller.join()
    assert sorted(item for each in store.groups for item in each) == ["a", "b"]


def test_after_a_stop_it_starts_again_when_needed(threads_of):
    group = threads_of(Store())
    assert group.submit("a") == "A"

    group.stop()

    assert group.submit("b") == "B"
