"""One call to WeChat: pooled, bounded in time and size, never repeated, never redirected."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

import structlog
from urllib3.filepost import encode_multipart_formdata

from app.core import db
from app.wechat.connections import BROKEN, Connections, NotConnected
from app.wechat.endpoints import Answers, Endpoint, Host
from app.wechat.errors import Action, InsideTransaction, NoAnswer, WeChatError, action_for

log = structlog.get_logger()

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 3.0, 5.0, 8.0
ANSWER_LIMIT = 1024 * 1024
_RID = re.compile(r"rid: ?([0-9a-f-]{6,64})")
_json = json.JSONEncoder(ensure_ascii=False).encode
_JSON = "application/json; charset=utf-8"

Answer = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A file to upload; WeChat takes it as the form field `media`."""

    name: str
    content: bytes
    content_type: str


Body = Mapping[str, Any] | File


@dataclass(frozen=True)
class _Place:
    base_url: str
    connections: Connections

    def address(self, endpoint: Endpoint) -> str:
        """The real WeChat lives on three machines, any other one on the one given."""
        is_real = self.base_url == Host.API
        return f"{endpoint.host if is_real else self.base_url}{endpoint.path}"


_place: _Place | None = None


def configure(base_url: str, *, connections: int = 128, ca_file: str | None = None) -> None:
    """Say where WeChat is; nothing in a request can point the process anywhere else."""
    global _place
    if _place is not None:
        _place.connections.close()
    _place = _Place(base_url, Connections(connections, ca_file))


def refuse_inside_transaction() -> None:
    """Raise InsideTransaction: a network call must not hold a connection and its locks."""
    if db.is_open():
        raise InsideTransaction("call WeChat between transactions, not inside one")


def address(endpoint: Endpoint, query: Mapping[str, str]) -> str:
    """Where a person's own phone or browser is sent; carries no secret of ours."""
    return f"{_where().address(endpoint)}?{urlencode(query)}"


def origin(endpoint: Endpoint) -> str:
    """Scheme and host of where an endpoint lives, for a page that says whom it may lead to."""
    parts = urlsplit(_where().address(endpoint))
    return f"{parts.scheme}://{parts.netloc}"


def exchange(endpoint: Endpoint, *, query: Mapping[str, str], body: Body | None = None) -> Answer:
    """Call once. Raises WeChatError when WeChat refuses, NoAnswer when nobody knows."""
    refuse_inside_transaction()
    answer = _object(_fetch(endpoint, query, body))
    if answer is None:
        raise NoAnswer("the answer is not a JSON object")
    return _granted(endpoint, answer)


def download(endpoint: Endpoint, *, query: Mapping[str, str], body: Body | None = None) -> bytes:
    """As `exchange`, for a picture; WeChat's refusal of one is JSON under the same HTTP 200."""
    refuse_inside_transaction()
    raw = _fetch(endpoint, query, body)
    answer = _object(raw) if raw[:1] == b"{" else None
    if answer is not None:
        _granted(endpoint, answer)
    if answer is not None or not raw or endpoint.answers is not Answers.BYTES:
        raise NoAnswer("the answer is not a picture")
    return raw


def _granted(endpoint: Endpoint, answer: Answer) -> Answer:
    errcode = _errcode(answer)
    if errcode == 0 or action_for(errcode) in (Action.ADOPT, Action.IGNORE):
        return answer
    found = _RID.search(str(answer.get("errmsg")))
    error = WeChatError(errcode, found.group(1) if found else None)
    say = log.error if error.rule.is_alert else log.info
    say("wechat.refused", path=endpoint.path, errcode=errcode, rid=error.rid, action=error.action)
    raise error


def _where() -> _Place:
    if _place is None:
        raise RuntimeError("gateway.configure was not called")
    return _place


def _fetch(endpoint: Endpoint, query: Mapping[str, str], body: Body | None) -> bytes:
    place = _where()
    address = urlsplit(place.address(endpoint))
    request = _request(endpoint.method, address, query, body)
    try:
        connection = place.connections.lend(address, CONNECT_SECONDS)
    except NotConnected as error:
        reason, was_sent = error.reason, False
    else:
        try:
            until = time.monotonic() + TOTAL_SECONDS - CONNECT_SECONDS
            raw = connection.ask(request, until=until, wait=READ_SECONDS, most=ANSWER_LIMIT)
            place.connections.give_back(address, connection)
            return raw
        except (*BROKEN, OSError) as error:
            connection.close()
            reason, was_sent = type(error).__name__, True
    log.warning("wechat.no_answer", path=endpoint.path, reason=reason)
    # Raised outside the handlers: the first error knows the address, and the secrets in it.
    raise NoAnswer(reason, was_sent=was_sent)


def _request(
    method: str, address: SplitResult, query: Mapping[str, str], body: Body | None
) -> bytes:
    content, content_type = _encoded(body)
    head = (
        f"{method} {address.path}?{urlencode(query)} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        f"Accept-Encoding: identity\r\nContent-Type: {content_type}\r\n"
    )
    if method == "GET" and not content:
        return f"{head}\r\n".encode()
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def _encoded(body: Body | None) -> tuple[bytes, str]:
    """Real UTF-8: WeChat shows `\\uXXXX` to people as it stands, or refuses it (40033)."""
    if isinstance(body, File):
        return encode_multipart_formdata({"media": (body.name, body.content, body.content_type)})
    if body is None:
        return b"", _JSON
    return _json(body).encode(), _JSON


def _object(raw: bytes) -> Answer | None:
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _errcode(answer: Answer) -> int:
    """Success of a reading call often carries no errcode at all."""
    errcode = answer.get("errcode", 0)
    if not isinstance(errcode, int):
        raise NoAnswer("the errcode is not a number")
    return errcode
