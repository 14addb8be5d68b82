"""A look from outside: one HTTP request, bounded in time and size, past every cache of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError, TimeoutError

from app.core import db

LARGEST = 64 * 1024
PATIENCE = urllib3.Timeout(connect=3.0, read=5.0, total=8.0)


class Unreachable(Exception):
    """Nobody answered there; `reason` is fit to be shown."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """What came back, at most 64 KiB of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The object in the body; empty when there is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def ask(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Ask once; a redirect is an answer. Raises Unreachable, which never holds the address."""
    if db.is_open():
        raise RuntimeError("ask between transactions, not inside one")
    with urllib3.PoolManager() as pool:
        try:
            response = pool.request(
                method,
                url,
                body=body,
                headers=dict(headers or {}),
                timeout=PATIENCE,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            return Answer(response.status, response.headers, response.read(LARGEST))
        except (HTTPError, OSError) as error:
            reason = _reason(error)
    # Raised outside the handler: the first error knows the address, and what is in its query.
    raise Unreachable(reason)


def _reason(error: Exception) -> str:
    if isinstance(error, NewConnectionError):
        return "那里没有程序在听"
    if isinstance(error, SSLError):
        return "证书不被信任，或与主机名不符"
    if isinstance(error, TimeoutError):
        return "几秒内没有答复"
    return f"答复断在半路（{type(error).__name__}）"
