"""What several tests of a module share: a database, the stream as a real process."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from app.cli import processes
from app.core.settings import Settings
from app.wechat import gateway
from tests import ground, leaks


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def own_database(admin, built_app) -> Iterator[Settings]:
    """Real commits, for all tests of a module: starting its processes takes their time. WeChat is
    this run's own again, whomever a test before this module has talked to."""
    gateway.configure(built_app.config["HUIKE"].wechat_api_base_url)
    process = built_app.extensions["process"]
    with leaks.cloned(admin) as urls:
        process.disconnect()
        before, process.urls = process.urls, urls
        process.connect()
        yield ground.make_settings(urls)
        process.disconnect()
        process.urls = before
        process.connect()


@contextmanager
def running_stream(settings: Settings, port: int, public_url: str) -> Iterator[None]:
    """Serves pages that come from `public_url`, until the block is left."""
    command = [sys.executable, "-m", *processes.uvicorn(port)]
    environ = environment(settings, public_url)
    process = subprocess.Popen(command, env=environ, cwd=ground.ROOT)
    try:
        _wait_for(port)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def environment(settings: Settings, public_url: str) -> dict[str, str]:
    given = {
        "HUIKE_ENV": "test",
        "DATABASE_URL": settings.database_url,
        "DATABASE_SYSTEM_URL": settings.database_system_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "DATA_KEYS": ground.DATA_KEYS,
        "INDEX_KEY": base64.b64encode(settings.index_key).decode(),
        "PUBLIC_URL": public_url,
    }
    return {**os.environ, **given}  # noqa: TID251


def _wait_for(port: int) -> None:
    for _ in range(600):
        with closing(socket.socket()) as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the stream did not start")
