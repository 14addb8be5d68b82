"""A bridge that joins two telephones, as Huike speaks to it: `POST /calls/bridge`.

Nobody's telephone rings: a call is a line of the journal, and is read at
`/sandbox/api/people/<id>/calls`. The same key is the same call.
"""

import re
from typing import Any

from flask import Blueprint, request

from sandbox import journal
from sandbox.box import Box, the_box

bp = Blueprint("calls", __name__, url_prefix="/calls")
KEY = "sandbox-key"
MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
LINE = re.compile(r"[+\d][\d -]{4,18}\d")
Answer = tuple[dict[str, Any], int]


@bp.post("/bridge")
def bridge() -> Answer:
    """Ring `first`, then `second`."""
    if request.headers.get("Authorization") != f"Bearer {KEY}":
        return {"code": "Unauthorized"}, 401
    asked = request.get_json(silent=True)
    given = asked if isinstance(asked, dict) else {}
    first, second = str(given.get("first", "")), MOBILE.fullmatch(str(given.get("second", "")))
    if LINE.fullmatch(first) is None or second is None:
        return {"code": "InvalidNumber"}, 400
    if not given.get("key"):
        return {"code": "NoKey"}, 400
    _keep(the_box(), first, second[1], str(given["key"]))
    return {"code": "OK"}, 200


def _keep(box: Box, first: str, second: str, key: str) -> None:
    at_ms = box.clock.now_ms()
    is_known = next(iter(box.store.rows("SELECT 1 FROM calls WHERE key = ?", key)), None)
    if is_known is None:
        box.store.write(
            "INSERT OR IGNORE INTO calls (at_ms, key, first, second) VALUES (?, ?, ?, ?)",
            at_ms, key, first, second,
        )  # fmt: skip
        journal.write(box.store, journal.Entry(at_ms, "note", "call"))


def received(box: Box, phone: str) -> list[dict[str, Any]]:
    """Which calls reached this phone and from where, oldest first."""
    statement = "SELECT at_ms, first FROM calls WHERE second = ? ORDER BY rowid"
    return [dict(row) for row in box.store.rows(statement, phone)]
