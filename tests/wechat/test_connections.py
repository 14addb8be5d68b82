"""What is an answer of WeChat's machine, byte by byte, and what is none."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from app.wechat.connections import BROKEN, Connections, Cut, TooLong

REQUEST = b"GET /x HTTP/1.1\r\nHost: wechat\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n"
Ask = Callable[..., bytes]


@pytest.fixture
def ask_a_machine_that_says() -> Iterator[Ask]:
    opened = socket.create_server(("127.0.0.1", 0))
    ours = Connections(4)

    def ask(*pieces: bytes, most: int = 1000) -> bytes:
        threading.Thread(target=_say_once, args=(opened, pieces), daemon=True).start()
        address = urlsplit(f"http://127.0.0.1:{opened.getsockname()[1]}")
        lent = ours.lend(address, 1.0)
        try:
            return lent.ask(REQUEST, until=time.monotonic() + 2, wait=1.0, most=most)
        finally:
            ours.give_back(address, lent)

    yield ask
    ours.close()
    opened.close()


def _say_once(opened: socket.socket, pieces: tuple[bytes, ...]) -> None:
    heard, _ = opened.accept()
    with heard, suppress(OSError):
        heard.recv(1000)
        for piece in pieces:
            heard.sendall(piece)
            time.sleep(0.01)


@pytest.mark.parametrize(
    "pieces",
    [
        (HEAD + b"Content-Length: 2\r\n\r\n{}",),
        (HEAD, b"Content-Le", b"ngth: 2\r\n\r\n{", b"}"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"1\r\n}\r\n0\r\n\r\n"),
        (b"HTTP/1.0 200 OK\r\n\r\n{", b"}"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", HEAD + b"Content-Length: 2\r\n\r\n{}"),
    ],
    ids=["in one piece", "in pieces", "chunked", "until its end", "after a go-on"],
)
def test_an_answer_is_heard_whole(ask_a_machine_that_says, pieces):
    assert ask_a_machine_that_says(*pieces) == b"{}"


@pytest.mark.parametrize(
    ("pieces", "error"),
    [
        ((), Cut),
        ((HEAD,), Cut),
        ((HEAD + b"Content-Length: 9\r\n\r\n{}",), Cut),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",), Cut),
        ((HEAD + b"Content-Length: 9000\r\n\r\n" + b" " * 9000,), TooLong),
        ((b"SSH-2.0-OpenSSH\r\n\r\n",), BROKEN),
        ((HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",), BROKEN),
        ((b"HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",), BROKEN),
    ],
    ids=["nothing", "half a head", "half a body", "half the pieces", "too long", "another tongue",
         "two lengths", "another protocol"],
)  # fmt: skip
def test_half_an_answer_is_none(ask_a_machine_that_says, pieces, error):
    with pytest.raises(error):
        ask_a_machine_that_says(*pieces)
