"""WeCom's corps as its console would hold them: one app each, and who its members are."""

import sqlite3
from dataclasses import asdict, dataclass

from sandbox.accounts import CORP, SAFE, Account
from sandbox.store import Store

SAVE = """
INSERT OR REPLACE INTO corps (corpid, secret, agent_id, web_host, callback_url, token,
  encoding_aes_key, tells_unionid)
VALUES (:corpid, :secret, :agent_id, :web_host, :callback_url, :token, :encoding_aes_key,
  :tells_unionid)"""


@dataclass(frozen=True)
class Corp:
    """An empty `web_host` lets a web login return to any host. Without a `callback_url` nobody
    hears of anything; `tells_unionid`: the corp is bound to the brand's open platform."""

    corpid: str
    secret: str
    agent_id: str
    web_host: str = ""
    callback_url: str = ""
    token: str = ""
    encoding_aes_key: str = ""
    tells_unionid: bool = True


def save(store: Store, corp: Corp, members: dict[str, str]) -> None:
    """Create or change a corp; `members` names a person for each userid, and nobody else is one."""
    with store.writing() as connection:
        connection.execute(SAVE, asdict(corp))
        connection.execute("DELETE FROM corp_members WHERE corpid = ?", (corp.corpid,))
        connection.executemany(
            "INSERT INTO corp_members VALUES (?, ?, ?)",
            [(corp.corpid, userid, person_id) for userid, person_id in members.items()],
        )
    store.doubt()


def find(store: Store, corpid: str) -> Corp | None:
    """The corp of an id, or None."""

    def read() -> Corp | None:
        row = store.row("SELECT * FROM corps WHERE corpid = ?", corpid)
        return Corp(**{**dict(row), "tells_unionid": bool(row["tells_unionid"])}) if row else None

    known: Corp | None = store.remember(f"corp {corpid}", read)
    return known


def receiver(store: Store, corpid: str) -> Account | None:
    """Where a corp's callbacks go and how they are sealed, as the courier wants to know it."""
    corp = find(store, corpid)
    if corp is None:
        return None
    return Account(
        corp.corpid, CORP, corp.secret, corp.corpid, corp.corpid, corp.callback_url, corp.token,
        corp.encoding_aes_key, SAFE,
    )  # fmt: skip


def userid_of(store: Store, corpid: str, person_id: str) -> str | None:
    """What the corp calls a person; None for who is no member."""
    found: sqlite3.Row | None = store.row(
        "SELECT userid FROM corp_members WHERE corpid = ? AND person_id = ?", corpid, person_id
    )
    return found["userid"] if found else None


def is_member(store: Store, corpid: str, userid: str) -> bool:
    """Whether the corp has somebody of this userid, in whatever case it is written."""
    statement = "SELECT 1 FROM corp_members WHERE corpid = ? AND lower(userid) = lower(?)"
    return store.row(statement, corpid, userid) is not None
