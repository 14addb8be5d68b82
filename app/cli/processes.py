"""The processes of an installation, started together: `python -m app.cli.processes`.

A process that dies is started again; a stop goes to all of them and is waited for.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import IO
from urllib.parse import urlsplit

from app.core import database, migrate
from app.core.settings import Settings
from app.core.supervisor import die_with_parent

RESTART_AFTER = 1.0
STOP_SECONDS = 70  # a worker may finish its job, which is cut at 60 s


PYTHON = [sys.executable, "-m"]


def compact(settings: Settings) -> dict[str, list[str]]:
    """What `make run` runs, by name: whoever serves nobody is a fork of one process."""
    return _faces(settings) | {"background": [*PYTHON, "app.cli.background"]}


def commands(settings: Settings) -> dict[str, list[str]]:
    """Every process by itself, by name."""
    return _faces(settings) | {
        "worker-now": [*PYTHON, "app.worker", "now"],
        "worker-fast": [*PYTHON, "app.worker", "fast"],
        "worker-bulk": [*PYTHON, "app.worker", "bulk"],
        "timekeeper": [*PYTHON, "app.timekeeper"],
    }


def _faces(settings: Settings) -> dict[str, list[str]]:
    web, stream = urlsplit(settings.public_url), urlsplit(settings.stream_url)
    return {
        "web": [*PYTHON, *granian(web.port or 8000)],
        "stream": [*PYTHON, *uvicorn(stream.port or 8001)],
    }


def granian(port: int) -> list[str]:
    """The pages and the APIs."""
    flags = f"--interface wsgi --host 127.0.0.1 --port {port} --workers 1 --blocking-threads 32"
    return ["granian", *flags.split(), "--no-ws", "--log-level", "warning", "wsgi:app"]


def uvicorn(port: int) -> list[str]:
    """Callbacks and streams. Open streams do not hold up a stop; whose word on addresses counts
    is a setting of ours, not the server's."""
    flags = f"--host 127.0.0.1 --port {port} --loop uvloop --http httptools --ws none"
    more = "--no-proxy-headers --no-access-log --no-server-header --timeout-keep-alive 65"
    stop = "--timeout-graceful-shutdown 3 --log-level warning"
    return ["uvicorn", *flags.split(), *more.split(), *stop.split(), "asgi:app"]


@dataclass
class Group:
    """Child processes that live and stop together."""

    wanted: dict[str, list[str]]
    environ: Mapping[str, str]
    output: IO[bytes] | None = None  # where they write, both ways; where we do if it is None
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopping: bool = False

    def start(self) -> None:
        """Start what is not running."""
        for name, command in self.wanted.items():
            child = self.children.get(name)
            if child is None or child.poll() is not None:
                self.children[name] = subprocess.Popen(  # noqa: S603
                    command,
                    env=self.environ,
                    stdout=self.output,
                    stderr=self.output,
                    preexec_fn=die_with_parent,
                )

    def watch(self) -> None:
        """Keep all of them running until a stop is asked for."""
        while not self.stopping:
            time.sleep(RESTART_AFTER)
            if not self.stopping:
                self.start()

    def stop(self) -> None:
        """Stop the last started first, so that nobody calls one that has gone."""
        self.stopping = True
        for child in reversed(self.children.values()):
            child.terminate()
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()


def main() -> None:
    """Migrate, then run everything until SIGINT or SIGTERM."""
    settings = Settings.from_env()
    migrate.upgrade(database.locate(settings).owner)
    group = Group(compact(settings), dict(os.environ))  # noqa: TID251 - handed on whole

    def stop(_number: int, _frame: FrameType | None) -> None:
        group.stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    group.start()
    group.watch()
    group.stop()


if __name__ == "__main__":
    main()
