"""What the thin entries, WSGI and ASGI, have in common: the address, the query, the limits."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

import structlog

from app.wechat import service
from app.wechat.refusals import Refused

log = structlog.get_logger()
ADDRESS = re.compile(r"/wechat/([0-9A-Za-z]+)/callback")
BODY_LIMIT = 64 * 1024
MOST_PARAMETERS = 20


def query_of(text: str) -> dict[str, str]:
    """The first of each, as Flask takes them; WeChat's own need no decoding."""
    found: dict[str, str] = {}
    for pair in text.split("&", MOST_PARAMETERS)[:MOST_PARAMETERS]:
        name, _, value = pair.partition("=")
        found.setdefault(name, unquote_plus(value) if "%" in value or "+" in value else value)
    return found


def excused(error: Exception) -> service.Reply:
    """What is answered where nothing was taken in."""
    if isinstance(error, Refused):
        return service.refused(error)
    log.error("callback.crashed", kind=type(error).__name__, exc_info=error)
    return service.Reply(500, "text/plain", "")
