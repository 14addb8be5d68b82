"""What may stand in a log: known keys, no person, one line an event."""

from __future__ import annotations

import ast
import json
import subprocess
import sys

import pytest

from app.core.logging import KEYS, refuse_personal_data, tell_error
from tests import ground

OPENID = "o" + "Ab-_5" * 5 + "xy"
EVIL = 'x\r\n{"event":"forged"}\x1b[31m\u2028'


def line(**given: object) -> dict:
    return dict(refuse_personal_data(None, "info", {"event": "x.y"} | given))


@pytest.mark.parametrize("phone", ["13800005678", "+8613800005678", "call 13800005678 now"])
def test_a_phone_that_reaches_a_known_key_is_blanked(phone: str) -> None:
    assert "0000567" not in line(reason=phone)["reason"]


def test_a_phone_as_a_number_is_blanked() -> None:
    assert line(size=13800005678)["size"] == "[phone]"


def test_an_openid_is_blanked() -> None:
    assert line(reason=f"Key (openid)=({OPENID})")["reason"] == "Key (openid)=([openid])"


@pytest.mark.parametrize("key", ["phone", "name", "token", "nickname", "whatever"])
def test_a_key_that_nobody_allowed_is_refused_whatever_it_holds(key: str) -> None:
    assert line(**{key: "林小姐"})[key] == "[refused]"


@pytest.mark.parametrize("event", ["13800005678", "林小姐来了", "hello world", EVIL])
def test_an_event_is_a_static_name(event: str) -> None:
    assert line(event=event)["event"] == "[refused]"


def test_an_error_is_told_by_kind_and_frames_without_its_message() -> None:
    try:
        raise ValueError("林小姐 13800005678")
    except ValueError as error:
        told = tell_error(None, "error", {"event": "x.y", "exc_info": error})["exception"]

    assert told.startswith("builtins.ValueError at ")
    assert "test_logs.py" in told
    assert "林小姐" not in told
    assert "13800005678" not in told


def keys_used() -> set[str]:
    """Every keyword that the code hands to a log."""
    used = set()
    for path in (ground.ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _names_an_event(node) and _is_log(node.func):
                used |= {word.arg for word in node.keywords if word.arg != "exc_info"}
    return used


def _names_an_event(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    return isinstance(first, ast.Constant) and "." in str(first.value)


def _is_log(function: ast.expr) -> bool:
    says = ("info", "warning", "error", "critical", "exception", "debug")
    if isinstance(function, ast.Name):
        return function.id == "say"  # log.info or log.error
    is_it = isinstance(function, ast.Attribute) and function.attr in says
    return is_it and isinstance(function.value, ast.Name) and function.value.id in ("log", "logger")


def test_every_key_that_the_code_logs_is_allowed() -> None:
    assert keys_used() <= KEYS


SPEAK = """
import logging, warnings, sys, threading
import structlog
from app.core import logging as ours
ours.configure("production")
log = structlog.get_logger()
log.info("a.b", reason=sys.argv[1])
log.warning("a.c", nickname=sys.argv[1])
logging.getLogger("some.library").error("it broke for %s", sys.argv[1])
logging.getLogger("some.library").warning("Task failed\\n" + sys.argv[1])
logging.getLogger("werkzeug").info('"%s" 200', sys.argv[1])
def thread(): raise ValueError(sys.argv[1])
t = threading.Thread(target=thread); t.start(); t.join()
raise RuntimeError(sys.argv[1])
"""


def test_one_event_is_one_line_of_json_whoever_speaks() -> None:
    planted = f"林小姐13800005678 {EVIL}"
    spoken = subprocess.run(
        [sys.executable, "-c", SPEAK, planted], cwd=ground.ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    lines = [json.loads(each) for each in (spoken.stdout + spoken.stderr).splitlines()]
    assert [each["event"] for each in lines] == [
        "a.b", "a.c", "library.said", "library.said", "process.crashed", "process.crashed",
    ]  # fmt: skip
    assert lines[2]["said"] == "it broke for %s"
    assert not any("forged" in each["event"] for each in lines)
    assert "\x1b" not in spoken.stdout + spoken.stderr
    assert "13800005678" not in spoken.stdout + spoken.stderr
