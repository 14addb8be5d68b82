"""Things that go wrong on purpose, each a given number of times."""

import json
from dataclasses import dataclass

from sandbox.store import Store

CALLBACK = "callback"
API_KINDS = ("lose_response", "delay", "errcode", "garbage")
CALLBACK_KINDS = ("lose_response", "delay", "resend")
NEXT = """
SELECT * FROM faults WHERE path = ? AND times > 0 AND kind IN (SELECT value FROM json_each(?))
ORDER BY fault_id LIMIT 1"""


@dataclass(frozen=True)
class Fault:
    """What goes wrong this once."""

    kind: str
    errcode: int
    seconds: float


def plan(store: Store, path: str, kind: str, errcode: int, seconds: float, times: int) -> None:
    """From now on, `times` calls of `path` go wrong."""
    statement = "INSERT INTO faults (path, kind, errcode, seconds, times) VALUES (?, ?, ?, ?, ?)"
    store.write(statement, path, kind, errcode, seconds, times)


def strike(store: Store, path: str, *kinds: str) -> Fault | None:
    """Use up one planned fault of these kinds, oldest first."""
    if store.row(NEXT, path, json.dumps(kinds)) is None:
        return None  # the common case must not wait for the writer
    with store.writing() as connection:
        row = connection.execute(NEXT, (path, json.dumps(kinds))).fetchone()
        if row is None:
            return None
        spent = "UPDATE faults SET times = times - 1 WHERE fault_id = ?"
        connection.execute(spent, (row["fault_id"],))
    return Fault(row["kind"], row["errcode"], row["seconds"])


def clear(store: Store) -> None:
    """Nothing goes wrong any more."""
    store.write("DELETE FROM faults")
