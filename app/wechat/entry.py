"""The callbacks' own way into the process, before Flask's dispatcher.

Flask and Werkzeug cost more than all of a callback's own work. This entry knows one address,
and behind it stands the very function that stands behind Flask's view.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog

from app.wechat import service
from app.wechat.doorstep import ADDRESS, BODY_LIMIT, excused, query_of
from app.wechat.refusals import Reason, Refused

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
            413: "Content Too Large", 500: "Internal Server Error",
            503: "Service Unavailable"}  # fmt: skip


class Entry:
    """A WSGI application: callbacks straight to the service, everything else to Flask."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address = ADDRESS.fullmatch(environ["PATH_INFO"])
        if address is None or environ["REQUEST_METHOD"] != "POST":
            return self._application(environ, start_response)
        reply = _take(address.group(1), environ)
        body = reply.body.encode()
        headers = [("Content-Type", reply.content_type), ("Content-Length", str(len(body)))]
        start_response(f"{reply.status} {_REASONS[reply.status]}", headers)
        return [body]


def _take(url_key: str, environ: WSGIEnvironment) -> service.Reply:
    structlog.contextvars.clear_contextvars()
    try:
        query = query_of(environ.get("QUERY_STRING", ""))
        return service.take(url_key, query, _body(environ))
    except Exception as error:
        return excused(error)


def _body(environ: WSGIEnvironment) -> bytes:
    announced = environ.get("CONTENT_LENGTH") or ""
    if announced.isdecimal() and int(announced) > BODY_LIMIT:
        raise Refused(Reason.TOO_BIG)
    body: bytes = environ["wsgi.input"].read(int(announced) if announced else BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        raise Refused(Reason.TOO_BIG)
    return body
