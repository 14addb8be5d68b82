"""Structured logs: static event names, values as keywords, nobody's data."""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_PHONE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")
_OPENID = re.compile(r"(?<![\w-])o[\w-]{27}(?![\w-])")
_PRIVATE_NAMES = ("phone", "openid", "unionid", "secret", "token", "password", "session_key")


def configure(env: str) -> None:
    """JSON in production, readable lines elsewhere."""
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if env == "production"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            refuse_personal_data,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


def refuse_personal_data(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blank phones, openids and private names, whoever logged them."""
    for name, value in line.items():
        if name in _PRIVATE_NAMES:
            line[name] = "[refused]"
        elif isinstance(value, str):
            line[name] = _OPENID.sub("[openid]", _PHONE.sub("[phone]", value))
    return line
