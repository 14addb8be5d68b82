"""Kept connections to WeChat's machines, each answer bounded in size, and in time as a whole.

Of our own on purpose, over a parser that others keep (httptools, Node's): the request leaves in
one piece, nothing retries, redirects or reads a proxy's address from the environment, and a
call costs a third of what the standard library's client takes.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from urllib.parse import SplitResult

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

PORTS = {"http": 80, "https": 443}
HEAD_LIMIT, PIECE = 64 * 1024, 64 * 1024
BROKEN = (HttpParserError, HttpParserUpgrade)  # what is heard is no answer in HTTP


class NotConnected(Exception):
    """Nobody took the connection, so nothing was sent; `reason` is the kind of error."""

    def __init__(self, error: OSError) -> None:
        self.reason = type(error).__name__
        super().__init__(self.reason)


class Late(OSError):
    """The whole answer took longer than allowed."""


class TooLong(OSError):
    """The answer is longer than allowed."""


class Cut(OSError):
    """The connection ended inside the answer, or before it."""


class _Heard:
    """What the parser tells of one answer, by the names that it calls."""

    def __init__(self) -> None:
        self.parser = HttpResponseParser(self)
        self.body = b""
        self.is_whole = self.is_framed = self.is_kept = self.is_body = False

    def on_header(self, name: bytes, _value: bytes) -> None:
        if name.lower() in (b"content-length", b"transfer-encoding"):
            self.is_framed = True

    def on_headers_complete(self) -> None:
        self.is_kept = self.parser.should_keep_alive()
        self.is_body = self.parser.get_status_code() >= 200

    def on_body(self, piece: bytes) -> None:
        self.body += piece

    def on_message_complete(self) -> None:
        self.is_whole = self.is_body  # "100 Continue" is none


class Connection:
    """A connection that is lent to one thread at a time."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self.is_kept = False

    def ask(self, request: bytes, *, until: float, wait: float, most: int) -> bytes:
        """The answer's body, heard until then, with no gap longer than `wait`, and no longer
        than `most` bytes. Raises OSError or one of BROKEN."""
        self.is_kept, heard, size = False, _Heard(), 0
        self._socket.settimeout(wait)
        self._socket.sendall(request)
        while not heard.is_whole:
            piece = self._piece(until, wait)
            if not piece and (heard.is_framed or not heard.is_body):
                raise Cut()
            if not piece:
                return heard.body  # its end was the connection's
            heard.parser.feed_data(piece)
            size += len(piece)
            if size > most + HEAD_LIMIT or len(heard.body) > most:
                raise TooLong()
        self.is_kept = heard.is_kept
        return heard.body

    def _piece(self, until: float, wait: float) -> bytes:
        """One byte a second must not keep a worker for ever."""
        left = until - time.monotonic()
        if left <= 0:
            raise Late()
        self._socket.settimeout(min(left, wait))
        return self._socket.recv(PIECE)

    def is_quiet(self) -> bool:
        """WeChat closes what was idle for long; then there is something to read: the end."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()


class Connections:
    """Idle connections of a process to one or a few machines."""

    def __init__(self, most: int, ca_file: str | None = None) -> None:
        self._most, self._ca_file = most, ca_file
        self._idle: dict[str, list[Connection]] = {}
        self._tls: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def lend(self, address: SplitResult, connect_seconds: float) -> Connection:
        """An open connection to the machine of this address. Raises NotConnected."""
        idle = self._idle.setdefault(address.netloc, [])
        while (kept := _last(idle)) is not None:
            if kept.is_quiet():
                return kept
            kept.close()
        try:
            return self._opened(address, connect_seconds)
        except OSError as error:
            raise NotConnected(error) from None

    def give_back(self, address: SplitResult, connection: Connection) -> None:
        """Keep it for the next call, unless it ends or there are enough."""
        idle = self._idle[address.netloc]
        if not connection.is_kept or len(idle) >= self._most:
            connection.close()
        else:
            idle.append(connection)

    def close(self) -> None:
        """Let go of what is idle."""
        for idle in self._idle.values():
            while (kept := _last(idle)) is not None:
                kept.close()

    def _opened(self, address: SplitResult, connect_seconds: float) -> Connection:
        place = (address.hostname or "", address.port or PORTS[address.scheme])
        opened = socket.create_connection(place, timeout=connect_seconds)
        try:
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.scheme == "https":
                opened = self._context().wrap_socket(opened, server_hostname=place[0])
        except OSError:
            opened.close()
            raise
        return Connection(opened)

    def _context(self) -> ssl.SSLContext:
        with self._lock:
            if self._tls is None:
                self._tls = ssl.create_default_context(cafile=self._ca_file)
            return self._tls


def _last(idle: list[Connection]) -> Connection | None:
    try:
        return idle.pop()
    except IndexError:
        return None
