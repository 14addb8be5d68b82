"""Things that go wrong on purpose, each a given number of times."""

import json
from dataclasses import dataclass
from typing import Any

from sandbox.store import Store

CALLBACK = "callback"
API_KINDS = (
    "lose_response", "half_body", "blackhole", "delay", "errcode", "errcode_after", "status",
    "garbage",
)  # fmt: skip
CALLBACK_KINDS = ("lose_response", "delay", "resend")
NEXT = """
SELECT * FROM faults WHERE path IN (?, '*') AND (appid = '' OR appid = ?) AND times > 0
  AND kind IN (SELECT value FROM json_each(?))
ORDER BY fault_id LIMIT 1"""
PLANNED = "SELECT 1 FROM faults WHERE times > 0 LIMIT 1"


@dataclass(frozen=True)
class Fault:
    """What goes wrong this once; an empty `appid` means every account."""

    kind: str
    errcode: int = 0
    seconds: float = 0.0
    status: int = 0
    appid: str = ""


def plan(store: Store, path: str, fault: Fault, times: int) -> None:
    """From now on, `times` calls of `path` go wrong; `*` is every path of the API."""
    statement = (
        "INSERT INTO faults (path, kind, errcode, seconds, status, appid, times) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    store.write(
        statement, path, fault.kind, fault.errcode, fault.seconds, fault.status, fault.appid, times
    )
    store.doubt()


def any_planned(store: Store) -> bool:
    """Whether anything is still to go wrong."""
    return bool(store.remember("faults", lambda: store.row(PLANNED) is not None))


def strike(store: Store, path: str, appid: str, *kinds: str) -> Fault | None:
    """Use up one planned fault of these kinds, oldest first."""
    if not any_planned(store):
        return None  # the common case must not wait for the writer
    with store.writing() as connection:
        row = connection.execute(NEXT, (path, appid, json.dumps(kinds))).fetchone()
        if row is None:
            return None
        spent = "UPDATE faults SET times = times - 1 WHERE fault_id = ?"
        connection.execute(spent, (row["fault_id"],))
    store.doubt()
    return Fault(row["kind"], row["errcode"], row["seconds"], row["status"], row["appid"])


def planned(store: Store) -> list[dict[str, Any]]:
    """What is still to go wrong."""
    return [dict(row) for row in store.rows("SELECT * FROM faults WHERE times > 0")]


def clear(store: Store) -> None:
    """Nothing goes wrong any more."""
    store.write("DELETE FROM faults")
    store.doubt()
