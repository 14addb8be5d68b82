"""Logs for those who run Huike: static event names, known keys, nobody's data.

One event is one line. A key that is not in `KEYS` is refused, whatever it holds; a text is
blanked where it looks like a phone, an openid or a key. What a library says comes through as its
template, without what it filled in, and an error as its kind and its frames, without its message:
a database tells the failing row in it.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

KEYS = frozenset({
    "account_id", "action", "appid", "batch_id", "brand_id", "check_id", "code", "duty",
    "erasure_id", "errcode", "event", "event_id", "exception", "first_broken", "hash", "kind",
    "level", "logger", "message_id", "path", "push_id", "queue", "reaction", "reason",
    "request_id", "rid", "run_id", "said", "seq", "size", "step", "timestamp", "topic", "was_sent",
    "wechat_tag_id", "export_id", "move_id",
})  # fmt: skip
LONGEST = 500
_OURS = Path(__file__).parents[1]  # of an error's frames, ours say what was being done
_EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_PHONE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")
_OPENID = re.compile(r"(?<![\w-])o[\w-]{27}(?![\w-])")
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_REFUSED = "[refused]"
# They bring handlers of their own.
_SERVERS = ("_granian", "granian.access", "rq.worker", "uvicorn", "uvicorn.access")

Line = MutableMapping[str, Any]


def configure(env: str) -> None:
    """JSON in production, readable lines elsewhere; libraries' logs take the same way."""
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
            tell_error,
            refuse_personal_data,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    _take_libraries()
    if env != "test":  # pytest has hooks of its own
        sys.excepthook = _crashed
        threading.excepthook = lambda told: _crashed(
            told.exc_type, told.exc_value, told.exc_traceback
        )


def _take_libraries() -> None:
    root = logging.getLogger()
    root.handlers = [one for one in root.handlers if not isinstance(one, Libraries)]
    root.addHandler(Libraries(logging.WARNING))
    for name in _SERVERS:
        server = logging.getLogger(name)
        server.handlers, server.propagate = [], True


class Libraries(logging.Handler):
    """What libraries say, as lines of ours. An access log is none: URLs may name people."""

    def emit(self, record: logging.LogRecord) -> None:
        line = structlog.get_logger()
        said = str(record.msg).partition("\n")[0]
        line.log(
            record.levelno, "library.said", logger=record.name, said=said, exc_info=record.exc_info
        )


def _crashed(
    _kind: type[BaseException], error: BaseException | None, _where: TracebackType | None
) -> None:
    structlog.get_logger().error("process.crashed", kind=type(error).__name__, exc_info=error)


def tell_error(_logger: Any, _method: str, line: Line) -> Line:
    """Kind and frames of the error and of what caused it; no message, no locals."""
    error = line.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        line["exception"] = " <- ".join(_told(each) for each in _chain(error))
    return line


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if _OURS in Path(one.filename).parents] or frames
    where = "; ".join(f"{_short(one.filename)}:{one.lineno} {one.name}" for one in ours[-12:])
    return f"{kind}{_number(error)} at {where}"


def _number(error: BaseException) -> str:
    """SQLSTATE or errno: what an operator looks up, and no data in it."""
    found = getattr(getattr(error, "orig", error), "sqlstate", None) or getattr(
        error, "errno", None
    )
    return f" {found}" if found else ""


def _short(filename: str) -> str:
    return "/".join(Path(filename).parts[-3:])


def refuse_personal_data(_logger: Any, _method: str, line: Line) -> Line:
    """Known keys with what names nobody; whatever somebody logs by mistake is blanked."""
    if not _EVENT.fullmatch(str(line.get("event"))):
        line["event"] = _REFUSED
    for name, value in line.items():
        line[name] = _harmless(name, value) if name in KEYS else _REFUSED
    return line


def _harmless(name: str, value: Any) -> Any:
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        is_id = name.endswith(("_id", "code"))
        return value if is_id or not _PHONE.fullmatch(str(value)) else "[phone]"
    text = _OPENID.sub("[openid]", _PHONE.sub("[phone]", str(value)))
    return _NOT_IN_A_LINE.sub(" ", text)[: LONGEST if name != "exception" else 4 * LONGEST]
