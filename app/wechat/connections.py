"""Kept connections to WeChat's machines, each answer bounded in time as a whole.

The standard library's client on purpose: half the cost a call of the usual ones, and nothing
that retries, redirects or reads a proxy's address from the environment.
"""

from __future__ import annotations

import io
import select
import socket
import ssl
import threading
import time
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit


class NotConnected(Exception):
    """Nobody took the connection, so nothing was sent; `reason` is the kind of error."""

    def __init__(self, error: OSError) -> None:
        self.reason = type(error).__name__
        super().__init__(self.reason)


class Late(OSError):
    """The whole answer took longer than allowed."""


class _Bounded(io.RawIOBase):
    """Reads a socket until a moment: one byte a second must not keep a worker for ever."""

    def __init__(self, connection: socket.socket, until: float, wait: float) -> None:
        self._socket, self._until, self._wait = connection, until, wait
        self._raw = connection.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise Late()
        self._socket.settimeout(min(left, self._wait))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer whose headers too are read within the time."""

    def __init__(
        self, connection: socket.socket, *given: Any, until: float, wait: float, **named: Any
    ) -> None:
        super().__init__(connection, *given, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_Bounded(connection, until, wait))


class Connections:
    """Idle connections of a process to one or a few machines, lent to one thread at a time."""

    def __init__(self, most: int, ca_file: str | None = None) -> None:
        self._most, self._ca_file = most, ca_file
        self._idle: dict[tuple[str, str], list[HTTPConnection]] = {}
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def lend(self, url: str, connect_seconds: float) -> HTTPConnection:
        """An open connection to the machine of this address. Raises NotConnected."""
        parts = urlsplit(url)
        idle = self._idle.setdefault((parts.scheme, parts.netloc), [])
        while (kept := _last(idle)) is not None:
            if _is_alive(kept):
                return kept
            kept.close()
        fresh = self._new(parts.scheme, parts.netloc, connect_seconds)
        try:
            fresh.connect()
        except OSError as error:
            fresh.close()
            raise NotConnected(error) from None
        return fresh

    def give_back(self, url: str, connection: HTTPConnection) -> None:
        """Keep it for the next call, unless there are enough."""
        parts = urlsplit(url)
        idle = self._idle[parts.scheme, parts.netloc]
        if connection.sock is None or len(idle) >= self._most:
            connection.close()
        else:
            idle.append(connection)

    def close(self) -> None:
        """Let go of what is idle."""
        for idle in self._idle.values():
            while (kept := _last(idle)) is not None:
                kept.close()

    def _new(self, scheme: str, netloc: str, connect_seconds: float) -> HTTPConnection:
        if scheme == "https":
            return HTTPSConnection(netloc, timeout=connect_seconds, context=self._context())
        return HTTPConnection(netloc, timeout=connect_seconds)

    def _context(self) -> ssl.SSLContext:
        with self._lock:
            if self._tls is None:
                self._tls = ssl.create_default_context(cafile=self._ca_file)
            return self._tls


def read_within(connection: HTTPConnection, until: float, wait: float) -> HTTPResponse:
    """The answer's head; its body too may be read until then, no gap longer than `wait`."""
    connection.response_class = partial(_Response, until=until, wait=wait)  # type: ignore[assignment]
    return connection.getresponse()


def _last(idle: list[HTTPConnection]) -> HTTPConnection | None:
    try:
        return idle.pop()
    except IndexError:
        return None


def _is_alive(connection: HTTPConnection) -> bool:
    """WeChat closes what was idle for long; then there is something to read: the end."""
    if connection.sock is None:
        return False
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return not poll.poll(0)
