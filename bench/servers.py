"""Servers under measurement: each fresh, pinned to one core, the database and client on another."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from app.cli import processes

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
LONGEST_START = 30


@cache
def cores() -> tuple[int, int]:
    """The server's core, and the one of everything else; the same where there is but one. Asked
    once, before anybody pins this very process."""
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[-1]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def pinned(
    command: Sequence[str], port: int, environ: Mapping[str, str], *, core: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The server, until the block ends. Raises RuntimeError when it does not come up."""
    at = cores()[0] if core is None else core
    with running(command, {**environ, "PORT": str(port)}, port=port, cores={at}) as child:
        yield child


@contextmanager
def running(
    command: Sequence[str],
    environ: Mapping[str, str],
    *,
    port: int | None = None,
    cores: set[int] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the product until the block ends, on these cores or on any; one that has a port
    is waited for. Raises RuntimeError when it does not come up."""
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environ},
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        if port is not None:
            _wait_until_up(child, port)
        yield child
    finally:
        os.killpg(child.pid, 15)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 9)
            child.wait()


def _wait_until_up(child: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + LONGEST_START
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise RuntimeError(f"the server ended at once: {child.args}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not come up: {child.args}")


def gunicorn(target: str, port: int) -> list[str]:
    """One worker of 16 threads, as its documentation has it for such work."""
    flags = f"-k gthread --threads 16 -w 1 -b 127.0.0.1:{port} --keep-alive 60"
    return [str(BIN / "gunicorn"), *flags.split(), target]


def uvicorn(port: int) -> list[str]:
    """As `make run` starts the process that takes callbacks."""
    return [sys.executable, "-m", *processes.uvicorn(port)]


def granian(port: int) -> list[str]:
    """As `make run` starts the pages and the APIs."""
    return [sys.executable, "-m", *processes.granian(port)]


def cpu_seconds(child: subprocess.Popen[bytes]) -> float:
    """What the server and its children have used so far; steadier than any clock on the wall."""
    ticks = os.sysconf("SC_CLK_TCK")
    used = 0
    for found in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = found.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[3]) == child.pid:  # its session
            used += int(fields[11]) + int(fields[12])
    return used / ticks
