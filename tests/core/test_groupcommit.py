"""What is told as committed is committed; what arrives together is committed together."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.core.groupcommit import GroupCommit, NotCommitted


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


@pytest.fixture
def group_of():
    opened = []

    def make(store: Store, **limits: float) -> GroupCommit:
        opened.append(GroupCommit(store.write, store.ring, **limits))
        return opened[-1]

    yield make
    for group in opened:
        group.stop()


def by_threads(group: GroupCommit, items: list[str]) -> list[str]:
    def told(item: str) -> str:
        try:
            return group.submit(item)
        except NotCommitted:
            return "not committed"

    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(told, items))


def by_tasks(group: GroupCommit, items: list[str]) -> list[str]:
    async def told(item: str) -> str:
        try:
            return await group.committed(item)
        except NotCommitted:
            return "not committed"

    async def all_told() -> list[str]:
        return list(await asyncio.gather(*map(told, items)))

    return asyncio.run(all_told())


@pytest.fixture(params=[by_threads, by_tasks])
def submit_all(request):
    """Waiting threads and the tasks of a loop are held to the same promises."""
    return request.param


def test_each_caller_hears_of_its_own_item(group_of, submit_all):
    store = Store()

    assert submit_all(group_of(store), ["a", "b", "c"]) == ["A", "B", "C"]


def test_what_arrives_during_a_commit_shares_the_next_one(group_of, submit_all):
    store = Store(seconds=0.05)
    items = [f"item-{number}" for number in range(30)]

    submit_all(group_of(store), items)

    assert sorted(item for group in store.groups for item in group) == sorted(items)
    assert len(store.groups) <= 4


def test_a_ring_follows_what_was_stored_though_not_each_group_has_its_own(group_of, submit_all):
    store = Store(seconds=0.002)
    group = group_of(store)

    submit_all(group, [f"item-{number}" for number in range(30)])
    submit_all(group, [f"later-{number}" for number in range(30)])
    time.sleep(0.1)

    assert 1 <= store.rings <= len(store.groups)
    assert store.rung_after == sum(map(len, store.groups))


def test_a_forked_process_has_a_writer_of_its_own(group_of):
    group = group_of(Store(), patience=1.0)
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


def test_no_group_is_larger_than_the_largest(group_of, submit_all):
    store = Store(seconds=0.02)

    submit_all(group_of(store, largest=5), [str(number) for number in range(30)])

    assert max(map(len, store.groups)) <= 5


def test_one_bad_row_fails_alone(group_of, submit_all):
    store = Store(seconds=0.02, refuses="bad")

    told = submit_all(group_of(store), ["a", "bad", "b", "c"])

    assert told == ["A", "not committed", "B", "C"]


def test_who_waited_too_long_is_not_told_that_it_is_stored(group_of, submit_all):
    group = group_of(Store(seconds=0.5), patience=0.1)
    began = time.monotonic()

    assert submit_all(group, ["slow"]) == ["not committed"]

    assert time.monotonic() - began < 0.4


def test_a_loop_that_ended_while_its_tasks_waited_does_not_end_the_writer(group_of):
    group = group_of(Store(seconds=0.1))

    async def leave() -> None:
        task = asyncio.create_task(group.committed("a"))
        await asyncio.sleep(0.02)
        task.cancel()

    asyncio.run(leave())

    assert group.submit("b") == "B"


def test_a_loop_goes_on_while_its_tasks_wait(group_of):
    group, turns = group_of(Store(seconds=0.2)), []

    async def live() -> None:
        task = asyncio.create_task(group.committed("a"))
        while not task.done():
            turns.append(1)
            await asyncio.sleep(0.01)

    asyncio.run(live())

    assert len(turns) > 5


def test_a_full_queue_refuses_at_once(group_of, submit_all):
    group = group_of(Store(seconds=0.3), largest=1, longest_queue=2, patience=0.2)
    waiting = [threading.Thread(target=submit_all, args=(group, ["a"])) for _ in range(4)]
    for thread in waiting:
        thread.start()
    time.sleep(0.05)
    began = time.monotonic()

    with pytest.raises(NotCommitted):
        group.submit("one too many")

    assert time.monotonic() - began < 0.15
    for thread in waiting:
        thread.join()


def test_a_stop_stores_what_is_waiting(group_of, submit_all):
    store = Store(seconds=0.1)
    group = group_of(store)
    callers = [threading.Thread(target=submit_all, args=(group, [name])) for name in ("a", "b")]
    for caller in callers:
        caller.start()
    time.sleep(0.05)

    group.stop()

    for caller in callers:
        caller.join()
    assert sorted(item for each in store.groups for item in each) == ["a", "b"]


def test_after_a_stop_it_starts_again_when_needed(group_of):
    group = group_of(Store())
    assert group.submit("a") == "A"

    group.stop()

    assert group.submit("b") == "B"
