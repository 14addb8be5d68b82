"""From the server's loop to the Flask application and back, with the fates that faults plan."""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from flask import Flask

from sandbox.fates import BLACKHOLE, FATE, HALF, HOLD, LOSE

THREADS = 48  # an act that waits for its callback holds one for up to three tries
LOST_LENGTH = "100"

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """A finished answer, and what is to become of it on its way."""

    status: int
    headers: Headers
    body: bytes
    fate: str
    hold_seconds: float


class Bridge:
    """Runs the application on threads; delays and silences cost no thread."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="flask")

    async def __call__(self, scope: Any, proto: Any) -> None:
        """Answer one request."""
        body = await proto()
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._run, environ(scope, body))
        await send(answer, proto)

    def _run(self, environ: dict[str, Any]) -> Answer:
        said: list[Any] = []

        def start(status: str, headers: Headers, _error: Any = None) -> Callable[[bytes], object]:
            said[:] = [int(status.split(" ", 1)[0]), headers]
            return lambda _data: None

        chunks: Iterable[bytes] = self._app(environ, start)
        try:
            return _answer(said[0], said[1], b"".join(chunks))
        finally:
            getattr(chunks, "close", lambda: None)()


def _answer(status: int, headers: Headers, body: bytes) -> Answer:
    planned = {name.lower(): value for name, value in headers if name in (FATE, HOLD)}
    kept = [(name, value) for name, value in headers if name not in (FATE, HOLD)]
    return Answer(
        status, kept, body, planned.get(FATE.lower(), ""), float(planned.get(HOLD.lower(), 0))
    )


async def send(answer: Answer, proto: Any) -> None:
    """Let it go when its time has come: whole, half, without an end, or never."""
    if answer.hold_seconds:
        await asyncio.sleep(answer.hold_seconds)
    if answer.fate == BLACKHOLE:
        await proto.client_disconnect()
    elif answer.fate == LOSE:
        await _break_off(proto, answer.status, _with_length(answer.headers, LOST_LENGTH), b" ")
    elif answer.fate == HALF:
        half = answer.body[: max(1, len(answer.body) // 2)]
        await _break_off(proto, answer.status, answer.headers, half)
    else:
        proto.response_bytes(answer.status, answer.headers, answer.body)


async def _break_off(proto: Any, status: int, headers: Headers, begun: bytes) -> None:
    """Announce more than is sent: the server then cuts the connection. A body without any byte
    would sometimes pass as an empty one."""
    stream = proto.response_stream(status, headers)
    await stream.send_bytes(begun)


def _with_length(headers: Headers, length: str) -> Headers:
    kept = [pair for pair in headers if pair[0].lower() != "content-length"]
    return [*kept, ("Content-Length", length)]


def environ(scope: Any, body: bytes) -> dict[str, Any]:
    """The request as WSGI says it."""
    host, _, port = scope.server.rpartition(":")
    found = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "HTTP_HOST": scope.authority or scope.server,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            found[key] = value
        elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            found[f"HTTP_{key}"] = value
    return found
