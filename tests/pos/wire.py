"""Tills over real HTTP, many at the same moment."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from werkzeug.serving import make_server

from tests.pos.conftest import Caller


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The application on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()


@dataclass
class Wire:
    """Stands where a test client does: the same call, over a socket."""

    url: str

    def post(self, path: str, data: bytes, headers: dict[str, str]) -> Answer:
        return self._send("POST", path, data, headers)

    def get(self, path: str, headers: dict[str, str]) -> Answer:
        return self._send("GET", path, None, headers)

    def _send(self, method: str, path: str, data: bytes | None, headers: Any) -> Answer:
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as found:
                return Answer(found.status, json.load(found))
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, json.load(refused))


@dataclass
class Answer:
    status_code: int
    json: dict[str, Any]


def over(wire: Wire, caller: Caller) -> Caller:
    """The same key, over a socket."""
    return Caller(wire, caller.public_id, caller.secret)


def at_once(acts: Sequence[Callable[[], Answer]]) -> list[Answer]:
    """All begin together."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Answer]) -> Answer:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def posting(caller: Caller, path: str, body: dict[str, Any]) -> Callable[[], Answer]:
    """Each with an Idempotency-Key of its own: nobody is answered for another."""
    return lambda: caller.post(path, body, key=uuid4().hex)
