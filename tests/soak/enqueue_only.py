"""The negative control of G1: a door that answers once the message lies in Redis."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import redis
import xmltodict

from app.core.embedded import places
from app.wechat.envelope import Seal
from tests.factories import AES_KEY

WAITING = "soak:waiting"
ROUND_SECONDS = 0.25


def command(port: int, appid: str) -> list[str]:
    """Starts the door as the product's own web process is started."""
    flags = f"--interface wsgi --host 127.0.0.1 --port {port} --blocking-threads 32"
    server = [sys.executable, "-m", "granian", *flags.split(), "--log-level", "warning"]
    return ["env", f"SOAK_APPID={appid}", *server, "tests.soak.enqueue_only:app"]


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Takes all that comes; 503 only where Redis does not take it."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    try:
        _redis().rpush(WAITING, _seal().open(xmltodict.parse(body)["xml"]["Encrypt"]))
    except redis.RedisError:
        start_response("503 Service Unavailable", [("Content-Length", "0")])
        return [b""]
    start_response("200 OK", [("Content-Length", "7")])
    return [b"success"]


@contextmanager
def working(client: redis.Redis) -> Iterator[set[str]]:
    """A worker that takes all that waits, every quarter of a second; what it has taken."""
    stored: set[str] = set()
    done = threading.Event()

    def work() -> None:
        while not done.wait(ROUND_SECONDS):
            with suppress(redis.RedisError):
                stored.update(each.decode() for each in client.lpop(WAITING, 10_000) or ())

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield stored
    finally:
        done.set()
        worker.join()


@cache
def _redis() -> redis.Redis:
    url = places(Path(os.environ["HUIKE_VAR"])).redis_url  # noqa: TID251 - a program of its own
    return redis.Redis.from_url(url, socket_timeout=2)


@cache
def _seal() -> Seal:
    return Seal.of(AES_KEY, os.environ["SOAK_APPID"])  # noqa: TID251 - a program of its own
