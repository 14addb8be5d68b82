"""One call to a service that carries messages: bounded in time and size, never repeated."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from app.core import db
from app.wechat.connections import BROKEN, Connections, NotConnected
from app.wechat.errors import InsideTransaction

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 3.0, 5.0, 8.0
ANSWER_LIMIT = 64 * 1024
KEPT = 4
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}")
_connections = Connections(KEPT)


class Refused(Exception):
    """The service said no. `code` is its own word for why, never what it wrote about whom."""

    def __init__(self, code: object) -> None:
        is_word = isinstance(code, str) and _CODE.fullmatch(code)
        self.code = str(code) if is_word else "unknown"
        super().__init__(self.code)


class NoAnswer(Exception):
    """Nobody knows whether the message goes; `reason` is the kind of error."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def post(url: str, headers: Mapping[str, str], body: bytes = b"") -> dict[str, Any]:
    """The JSON object that is answered, whatever its HTTP status. Raises NoAnswer; an error never
    carries the address, for a phone may stand in it."""
    if db.is_open():
        raise InsideTransaction("send messages between transactions, not inside one")
    try:
        answer = json.loads(_asked(url, _request(url, headers, body)))
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise NoAnswer("no_json")
    return answer


def _request(url: str, headers: Mapping[str, str], body: bytes) -> bytes:
    address = urlsplit(url)
    target = f"{address.path or '/'}{'?' if address.query else ''}{address.query}"
    given = {"Host": address.netloc, **headers, "Content-Length": str(len(body))}
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _asked(url: str, request: bytes) -> bytes:
    address, reason = urlsplit(url), ""
    try:
        connection = _connections.lend(address, CONNECT_SECONDS)
    except NotConnected as error:
        reason = error.reason
    else:
        try:
            until = time.monotonic() + TOTAL_SECONDS - CONNECT_SECONDS
            raw = connection.ask(request, until=until, wait=READ_SECONDS, most=ANSWER_LIMIT)
            _connections.give_back(address, connection)
            return raw
        except (*BROKEN, OSError) as error:
            connection.close()
            reason = type(error).__name__
    raise NoAnswer(reason)  # outside the handlers: the first error knows the address
