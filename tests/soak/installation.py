"""A whole installation in a folder of its own, to be killed and to come back by its own means."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import redis
from sqlalchemy import make_url

from app.cli import processes
from app.core import database, embedded, migrate
from app.core.settings import Settings
from app.process import Process
from tests import factories, ground
from tests.sandbox.play import free_port

OURS = ("stream", "worker-now", "timekeeper")
SERVERS = {"postgres": "postgres", "valkey": "valkey-server"}
VICTIMS = {
    "stream": ("stream",),
    "worker": ("worker-now",),
    "valkey": ("valkey",),
    "postgres": ("postgres",),
    "all": (*OURS, *SERVERS),
}


@dataclass(frozen=True)
class Installation:
    """Private servers, and the processes that `make run` starts and restarts."""

    var: Path
    group: processes.Group
    port: int
    brand: SimpleNamespace
    scenes: tuple[str, ...]
    settings: Settings

    @property
    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(embedded.places(self.var).redis_url, socket_timeout=2)

    def kill(self, victim: str, *, is_redis_emptied: bool) -> None:
        """SIGKILL to one component with all its children, or to everything at once."""
        if is_redis_emptied:
            with suppress(redis.RedisError), self.redis as client:
                client.flushall()
        names = [name for name in VICTIMS[victim] if name in SERVERS or name in self.group.wanted]
        if not eventually(lambda: all(map(self._pid, names)), 30):
            raise RuntimeError(f"{victim} is not there to be killed")
        _kill([pid for name in names for pid in _family(self._pid(name))])

    def run_instead(self, wanted: dict[str, list[str]]) -> None:
        """Other processes than the product's, beside the same servers."""
        self.group.wanted = wanted
        for name in OURS:
            _kill(_family(self._pid(name)))

    def _pid(self, name: str) -> int | None:
        if name in SERVERS:
            return _child_called(embedded._started[self.var].pid, SERVERS[name])
        child = self.group.children.get(name)
        return child.pid if child is not None and child.poll() is None else None


@contextmanager
def installed(
    names: Sequence[str] = OURS, *, wechat: str = "http://127.0.0.1:9", output: Any = None
) -> Iterator[Installation]:
    """Migrated, with a brand and two stores, and running; nothing of it stays. What the processes
    say goes to `output`, else where we write."""
    with tempfile.TemporaryDirectory(prefix="huike-soak-") as folder:
        var, port = Path(folder), free_port()
        settings, environ = _settings(var, port, wechat)
        urls = database.prepare(make_url(embedded.ensure(var).database_url), "huike")
        migrate.upgrade(urls.owner)
        process = Process(settings, urls)
        brand = factories.make_brand("soak")
        scenes = tuple(_store(brand, name) for name in ("静安寺店", "湖滨店"))
        every = processes.commands(settings)
        group = processes.Group({name: every[name] for name in names}, environ, output)
        keeper = threading.Thread(target=_keep_running, args=(group,))
        keeper.start()
        try:
            yield Installation(var, group, port, brand, scenes, settings)
        finally:
            _end(group, keeper)
            process.disconnect()
            _end_servers(var)


def _settings(var: Path, port: int, wechat: str) -> tuple[Settings, dict[str, str]]:
    given = {
        "HUIKE_ENV": "demo",
        "HUIKE_VAR": str(var),
        "PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
        "STREAM_URL": f"http://127.0.0.1:{port}",
        "WECHAT_API_BASE_URL": wechat,
        "SECRET_KEY": ground.SECRET,
        "DATA_KEYS": ground.DATA_KEYS,
        "INDEX_KEY": ground.INDEX_KEY,
    }
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}  # noqa: TID251
    return Settings.from_env(given), inherited | given


def _store(brand: Any, name: str) -> str:
    return str(factories.make_store(brand.id, name, account_id=brand.service.id).code.scene)


def _keep_running(group: processes.Group) -> None:
    """Starts are this thread's alone: a child dies with the thread that started it."""
    group.start()
    group.watch()


def _end(group: processes.Group, keeper: threading.Thread) -> None:
    group.stopping = True
    keeper.join()
    for child in group.children.values():
        _kill(_family(child.pid) if child.poll() is None else [])
        child.wait()


def _end_servers(var: Path) -> None:
    supervisor = embedded._started.pop(var)
    supervisor.terminate()
    supervisor.wait()
    embedded._held.pop(var).close()


def _kill(pids: Sequence[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _family(pid: int | None) -> list[int]:
    """A process and everything below it, the eldest first."""
    if pid is None:
        return []
    return [pid, *(each for child in _children(pid) for each in _family(child))]


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, task.read_text().split())
    return found


def _child_called(pid: int, name: str) -> int | None:
    for child in _children(pid):
        with suppress(OSError):
            if Path(f"/proc/{child}/comm").read_text().strip() == name:
                return child
    return None


def eventually(is_so: Callable[[], bool], seconds: float) -> bool:
    """Whether it became so in time; an error on the way is a no."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(Exception):
            if is_so():
                return True
        time.sleep(0.1)
    return False
