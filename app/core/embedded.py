"""A private PostgreSQL and Valkey for trials and tests, from wheels, with nothing installed.

One supervisor owns both servers as direct children and alone starts and stops them. Everybody
else holds a shared lock on `var/embedded.users` while it lives, finds the servers in
`var/embedded.json` and tries them for real; a pid proves nothing. When nobody holds that lock
any more the supervisor stops the servers and itself, so nothing leaks.
"""

from __future__ import annotations

import atexit
import fcntl
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import psycopg
import redis

from app.core.embedded_places import (
    SUPERUSER,
    EmbeddedError,
    Servers,
    places,
    socket_folder,
)

__all__ = ["SUPERUSER", "EmbeddedError", "Servers", "ensure", "places", "socket_folder"]

START_SECONDS = 60
_held: dict[Path, IO[str]] = {}
_started: dict[Path, subprocess.Popen[bytes]] = {}  # outlives us on purpose


def ensure(var: Path) -> Servers:
    """The running servers of this folder, started if they were not. Raises EmbeddedError."""
    var.mkdir(parents=True, exist_ok=True)
    _hold(var)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        # Servers whose supervisor was killed still answer for a moment, while they stop.
        if _is_locked(var) and _answer(found := places(var)):
            return found
        _start_supervisor_unless_one_runs(var)
        time.sleep(0.1)
    raise EmbeddedError(
        f"PostgreSQL or Valkey did not start in {START_SECONDS} s; see {var}/postgres.log and"
        f" {var}/valkey.log, or give DATABASE_URL and REDIS_URL of servers of your own"
    )


def _hold(var: Path) -> None:
    if var in _held:
        return
    users = (var / "embedded.users").open("a")
    fcntl.flock(users, fcntl.LOCK_SH)
    _held[var] = users  # the kernel lets go when this process and its children are gone
    atexit.register(users.close)


def _start_supervisor_unless_one_runs(var: Path) -> None:
    mine = _started.get(var)
    if mine is not None and (mine.poll() or 0) > 0:  # it gave up; a killed one has a minus
        raise EmbeddedError(
            f"the private servers cannot start: see {var}/initdb.log and {var}/supervisor.log,"
            " or give DATABASE_URL and REDIS_URL of servers of your own"
        )
    if (mine is not None and mine.poll() is None) or _is_locked(var):
        return  # one is at work; wait for its servers to answer
    with (var / "supervisor.log").open("a") as log:
        _started[var] = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "app.core.supervisor", str(var)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _is_locked(var: Path) -> bool:
    with (var / "embedded.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _answer(servers: Servers) -> bool:
    """Whether both really work: a query, and a write, since a loading server says PONG late."""
    try:
        dsn = servers.database_url.replace("+psycopg", "")
        with psycopg.connect(dsn, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
        with redis.Redis.from_url(servers.redis_url, socket_timeout=2) as client:
            return bool(client.ping())
    except (psycopg.Error, redis.RedisError, OSError):
        return False
