"""A client that costs little: requests are rendered beforehand, one thread keeps many
connections busy and notes how long each answer took."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Run:
    """What the measured part of a run brought."""

    seconds: float = 0.0
    total: int = 0  # with those of the warm-up
    cpu_us: float = 0.0  # of the server, for one answer
    waits_ms: list[float] = field(default_factory=list)
    answers: dict[bytes, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits_ms) / self.seconds

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.waits_ms)
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 2)


@dataclass
class _Line:
    """A keep-alive connection with one request on its way."""

    socket: socket.socket
    asked: float = 0.0
    heard: bytes = b""


def render(path: str, port: int, body: bytes) -> bytes:
    """A whole POST request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: text/xml\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def drive(
    port: int, requests: Sequence[bytes], *, connections: int, warm_up: float, seconds: float
) -> Run:
    """Send until the time is up; each request once. Raises RuntimeError when they run out."""
    selector, left, run = selectors.DefaultSelector(), iter(requests), Run()
    for _ in range(connections):
        _ask(_open(port, selector), left)
    began = time.perf_counter()
    start, end = began + warm_up, began + warm_up + seconds
    now = began
    while now < end:
        for key, _ in selector.select(1.0):
            line: _Line = key.data
            if not _is_whole(line):
                continue
            now = time.perf_counter()
            run.total += 1
            if now >= start:
                run.waits_ms.append((now - line.asked) * 1000)
                status = line.heard[9:12]
                run.answers[status] = run.answers.get(status, 0) + 1
            _ask(line, left)
        now = time.perf_counter()
    run.seconds = seconds
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return run


def _open(port: int, selector: selectors.BaseSelector) -> _Line:
    line = _Line(socket.create_connection(("127.0.0.1", port), timeout=10))
    line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    selector.register(line.socket, selectors.EVENT_READ, line)
    return line


def _ask(line: _Line, left: Iterator[bytes]) -> None:
    request = next(left, None)
    if request is None:
        raise RuntimeError("too few requests were prepared for so fast a server")
    line.heard, line.asked = b"", time.perf_counter()
    line.socket.sendall(request)


def _is_whole(line: _Line) -> bool:
    part = line.socket.recv(65536)
    if not part:
        raise RuntimeError("the server closed a connection")
    line.heard += part
    head, mark, body = line.heard.partition(b"\r\n\r\n")
    if not mark:
        return False
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    if at < 0:
        return line.heard.endswith(b"0\r\n\r\n")  # chunked
    return len(body) >= int(lowered[at + 15 :].split(b"\r\n", 1)[0])
