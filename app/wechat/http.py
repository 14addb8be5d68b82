"""One call to WeChat: pooled, bounded in time and size, never repeated, never redirected."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import structlog
import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from app.core import db
from app.wechat.errors import Action, InsideTransaction, NoAnswer, WeChatError, action_for

log = structlog.get_logger()

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 3.0, 5.0, 8.0
ANSWER_LIMIT = 1024 * 1024
_CHUNK = 64 * 1024
_RID = re.compile(r"rid: ?([0-9a-f-]{6,64})")
# Its debug lines hold whole addresses, and ours carry tokens.
logging.getLogger("urllib3").setLevel(logging.WARNING)

Answer = dict[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """An address of WeChat's API; POST takes JSON, GET takes a query."""

    method: str
    path: str


@dataclass(frozen=True)
class _Place:
    base_url: str
    pool: urllib3.PoolManager


_place: _Place | None = None


def configure(base_url: str, *, connections: int = 16) -> None:
    """Say where WeChat is; nothing in a request can point the process anywhere else."""
    global _place
    _place = _Place(base_url, urllib3.PoolManager(num_pools=2, maxsize=connections))


def refuse_inside_transaction() -> None:
    """Raise InsideTransaction: a network call must not hold a connection and its locks."""
    if db.is_open():
        raise InsideTransaction("call WeChat between transactions, not inside one")


def exchange(
    endpoint: Endpoint, *, query: Mapping[str, str], body: Mapping[str, Any] | None = None
) -> Answer:
    """Call once. Raises WeChatError when WeChat refuses, NoAnswer when nobody knows."""
    refuse_inside_transaction()
    answer = _parse(_fetch(endpoint, query, body))
    errcode = _errcode(answer)
    if errcode == 0 or action_for(errcode) is Action.ADOPT:
        return answer
    found = _RID.search(str(answer.get("errmsg")))
    error = WeChatError(errcode, found.group(1) if found else None)
    log.info("wechat.refused", path=endpoint.path, errcode=errcode, rid=error.rid)
    raise error


def _fetch(endpoint: Endpoint, query: Mapping[str, str], body: Mapping[str, Any] | None) -> bytes:
    if _place is None:
        raise RuntimeError("gateway.configure was not called")
    deadline = time.monotonic() + TOTAL_SECONDS
    try:
        response = _place.pool.request(
            endpoint.method,
            f"{_place.base_url}{endpoint.path}?{urlencode(query)}",
            body=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json; charset=utf-8"},
            timeout=urllib3.Timeout(
                connect=CONNECT_SECONDS, read=READ_SECONDS, total=TOTAL_SECONDS
            ),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        return _read(response, deadline)
    except (NewConnectionError, ConnectTimeoutError) as error:
        reason, was_sent = type(error).__name__, False
    except (HTTPError, OSError) as error:
        reason, was_sent = type(error).__name__, True
    log.warning("wechat.no_answer", path=endpoint.path, reason=reason)
    # Raised outside the handlers: the first error knows the address, and the secrets in it.
    raise NoAnswer(reason, was_sent=was_sent)


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """The body, unless it is too long or drips in too slowly; only then is the pool's
    connection given up."""
    parts: list[bytes] = []
    size = 0
    while chunk := response.read1(_CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > ANSWER_LIMIT or time.monotonic() > deadline:
            response.close()
            raise HTTPError("the answer is too long or too slow")
    response.release_conn()
    return b"".join(parts)


def _parse(raw: bytes) -> Answer:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise NoAnswer("the answer is not a JSON object")
    return answer


def _errcode(answer: Answer) -> int:
    """Success of a reading call often carries no errcode at all."""
    errcode = answer.get("errcode", 0)
    if not isinstance(errcode, int):
        raise NoAnswer("the errcode is not a number")
    return errcode
