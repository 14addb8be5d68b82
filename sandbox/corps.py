"""WeCom's corps as its console would hold them: one app each, and who its members are."""

import sqlite3
from dataclasses import dataclass

from sandbox.store import Store


@dataclass(frozen=True)
class Corp:
    """An empty `web_host` lets a web login return to any host."""

    corpid: str
    secret: str
    agent_id: str
    web_host: str


def save(store: Store, corp: Corp, members: dict[str, str]) -> None:
    """Create or change a corp; `members` names a person for each userid, and nobody else is one."""
    row = (corp.corpid, corp.secret, corp.agent_id, corp.web_host)
    with store.writing() as connection:
        connection.execute("INSERT OR REPLACE INTO corps VALUES (?, ?, ?, ?)", row)
        connection.execute("DELETE FROM corp_members WHERE corpid = ?", (corp.corpid,))
        connection.executemany(
            "INSERT INTO corp_members VALUES (?, ?, ?)",
            [(corp.corpid, userid, person_id) for userid, person_id in members.items()],
        )


def find(store: Store, corpid: str) -> Corp | None:
    """The corp of an id, or None."""
    row = store.row("SELECT * FROM corps WHERE corpid = ?", corpid)
    return Corp(**dict(row)) if row else None


def userid_of(store: Store, corpid: str, person_id: str) -> str | None:
    """What the corp calls a person; None for who is no member."""
    found: sqlite3.Row | None = store.row(
        "SELECT userid FROM corp_members WHERE corpid = ? AND person_id = ?", corpid, person_id
    )
    return found["userid"] if found else None
