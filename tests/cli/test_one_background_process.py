"""The workers and the timekeeper as forks of one process: none is missing for long, and none
outlives the one they came from."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from rq import Worker

from app.core.settings import Settings
from tests import ground
from tests.guides import processes

pytestmark = pytest.mark.fault
WAIT = 30.0


@pytest.fixture(scope="module")
def installed(admin, built_app) -> Iterator[Settings]:
    with processes.own_database(admin, built_app) as found:
        yield found


@pytest.fixture
def background(installed) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "app.cli.background"]
    environ = processes.environment(installed, "http://127.0.0.1:8000")
    process = subprocess.Popen(command, env=environ, cwd=ground.ROOT)
    yield process
    process.kill()
    process.wait(timeout=10)


def forks(process: subprocess.Popen[bytes]) -> set[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return {int(pid) for pid in listed.read_text().split()}


def until(is_so: Callable[[], bool], what: str) -> None:
    give_up = time.monotonic() + WAIT
    while not is_so():
        assert time.monotonic() < give_up, what
        time.sleep(0.1)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def queues_served(settings: Settings) -> set[str]:
    workers = Worker.all(connection=Redis.from_url(settings.redis_url or ""))
    return {name for worker in workers for name in worker.queue_names()}


def test_one_process_brings_up_all_workers_and_the_timekeeper(installed, background):
    until(lambda: queues_served(installed) >= {"now", "fast", "bulk"}, "a queue has no worker")
    assert len(forks(background)) == 4


def test_a_part_that_is_killed_is_made_again(background):
    until(lambda: len(forks(background)) == 4, "not all parts came up")
    before = forks(background)
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    until(lambda: killed not in forks(background), "the dead part was not noticed")
    until(lambda: len(forks(background)) == 4, "it was not made again")
    assert len(forks(background) & before) == 3, "the others went on"


def test_a_stop_is_passed_on_and_waited_for(background):
    until(lambda: len(forks(background)) == 4, "not all parts came up")
    parts = forks(background)
    background.terminate()
    assert background.wait(timeout=WAIT) == 0
    assert all(is_gone(pid) for pid in parts)


def test_no_part_outlives_the_process_it_came_from(background):
    until(lambda: len(forks(background)) == 4, "not all parts came up")
    parts = forks(background)
    background.kill()
    until(lambda: all(is_gone(pid) for pid in parts), "a part works on without its parent")
