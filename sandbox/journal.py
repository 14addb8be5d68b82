"""The receipt log: what passed between WeChat and Huike. Never a phone, a name or a secret."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from sandbox.store import Store

INSERT = """
INSERT INTO log (at_ms, kind, what, appid, path, detail, person_id, event_id, attempt, ms, status,
  errcode, key, repeat, rid)
VALUES (:at_ms, :kind, :what, :appid, :path, :detail, :person_id, :event_id, :attempt, :ms, :status,
  :errcode, :key, :repeat, :rid)"""


@dataclass(frozen=True)
class Entry:
    """One line; `kind` is callback (to Huike), api (from Huike) or note."""

    at_ms: int
    kind: str
    what: str
    appid: str | None = None
    path: str | None = None
    detail: str | None = None
    person_id: str | None = None
    event_id: str | None = None
    attempt: int | None = None
    ms: float | None = None
    status: int | None = None
    errcode: int | None = None
    key: str | None = None
    repeat: bool = False
    rid: str | None = None


def write(store: Store, entry: Entry) -> int:
    """Append; answers the line's number."""
    with store.writing() as connection:
        return connection.execute(INSERT, vars(entry)).lastrowid or 0


def read(store: Store, after: int, limit: int) -> list[dict[str, Any]]:
    """Lines with a number above `after`, oldest first."""
    statement = "SELECT * FROM log WHERE seq > ? ORDER BY seq LIMIT ?"
    return [_shown(row) for row in store.rows(statement, after, limit)]


def of_rid(store: Store, rid: str) -> dict[str, Any] | None:
    """The line of a refused call, by the name that its errmsg gave it."""
    row = store.row("SELECT * FROM log WHERE rid = ?", rid)
    return _shown(row) if row else None


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "repeat": bool(row["repeat"])}


CALLBACKS = """
SELECT count(DISTINCT event_id) AS events, count(*) AS deliveries,
       count(*) - count(DISTINCT event_id) AS resends,
       count(*) FILTER (WHERE status <> 200) AS refused,
       count(*) FILTER (WHERE status IS NULL) AS unanswered
FROM log WHERE kind = 'callback' AND at_ms >= :since"""
ACTS = """
SELECT count(*) FILTER (WHERE what = 'subscribe') AS follows,
       count(*) FILTER (WHERE scene <> '') AS scans
FROM events WHERE at_ms >= :since"""
CUSTOM = """
SELECT count(*) FILTER (WHERE errcode = 0) AS sent,
       count(*) FILTER (WHERE errcode <> 0) AS refused
FROM log WHERE kind = 'api' AND path = '/cgi-bin/message/custom/send' AND at_ms >= :since"""
MASS = """
SELECT (SELECT count(*) FROM mass_jobs WHERE at_ms >= :since) AS jobs,
       (SELECT count(*) FROM messages WHERE via = 'mass' AND at_ms >= :since) AS messages,
       (SELECT coalesce(sum(times - 1), 0) FROM (
          SELECT count(*) AS times FROM messages WHERE via = 'mass' AND at_ms >= :since
          GROUP BY openid, digest)) AS duplicates,
       (SELECT count(*) FROM log WHERE kind = 'callback' AND what = 'MASSSENDJOBFINISH'
          AND status = 200 AND at_ms >= :since) AS receipts"""
REPLIES = "SELECT count(*) AS sent FROM messages WHERE via = 'reply' AND at_ms >= :since"


def sums(store: Store, since_ms: int) -> dict[str, Any]:
    """The day in figures; duplicates are counted on what fans really received."""

    def figures(statement: str) -> dict[str, Any]:
        return dict(store.rows_named(statement, {"since": since_ms})[0])

    return {
        "callbacks": figures(CALLBACKS),
        **figures(ACTS),
        "custom": figures(CUSTOM),
        "replies": figures(REPLIES),
        "mass": figures(MASS),
    }
