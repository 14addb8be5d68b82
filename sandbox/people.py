"""Synthetic people: who they are, whom they follow, what they received."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox import identity
from sandbox.rules import WINDOWS, Opened
from sandbox.store import Store


@dataclass(frozen=True)
class Person:
    """One human being, known to several accounts under different openids."""

    person_id: str
    key: str
    nickname: str
    phone: str
    unionid: str


@dataclass(frozen=True)
class Fan:
    """A person as one account sees her."""

    openid: str
    appid: str
    person_id: str
    follows: bool
    followed_ms: int | None
    scene: str
    remark: str
    blacklisted: bool
    refuses: bool


def make(key: str, nickname: str, phone: str | None) -> Person:
    """The person a key stands for; the same key is the same person."""
    number = phone or identity.synthetic_phone(key)
    return Person(identity.person_id(key), key, nickname, number, identity.unionid(key))


def save(store: Store, people: Sequence[Person]) -> None:
    """Create people, or give known ones their new nickname and phone."""
    with store.writing() as connection:
        connection.executemany(
            "INSERT INTO people (person_id, key, nickname, phone, unionid) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (person_id) DO UPDATE SET nickname = excluded.nickname, "
            "phone = excluded.phone",
            [(one.person_id, one.key, one.nickname, one.phone, one.unionid) for one in people],
        )
        appids = [row[0] for row in connection.execute("SELECT appid FROM accounts")]
        _introduce(connection, [(one.person_id, one.key) for one in people], appids)


def introduce_everybody(store: Store, appid: str) -> None:
    """A new account gets an openid for each person there is."""
    with store.writing() as connection:
        known = connection.execute("SELECT person_id, key FROM people").fetchall()
        _introduce(connection, [(row[0], row[1]) for row in known], [appid])


def _introduce(
    connection: sqlite3.Connection, people: Sequence[tuple[str, str]], appids: Sequence[str]
) -> None:
    connection.executemany(
        "INSERT OR IGNORE INTO fans (openid, appid, person_id) VALUES (?, ?, ?)",
        [
            (identity.openid(key, appid), appid, person_id)
            for person_id, key in people
            for appid in appids
        ],
    )


def find(store: Store, person_id: str) -> Person | None:
    """The person of an id, or None."""
    row = store.row("SELECT * FROM people WHERE person_id = ?", person_id)
    return Person(**dict(row)) if row else None


def latest(store: Store, limit: int) -> list[Person]:
    """The people made last, newest first."""
    rows = store.rows("SELECT * FROM people ORDER BY rowid DESC LIMIT ?", limit)
    return [Person(**dict(row)) for row in rows]


def fan_of(store: Store, person_id: str, appid: str) -> Fan | None:
    """How an account sees a person; None when either is unknown."""
    row = store.row("SELECT * FROM fans WHERE person_id = ? AND appid = ?", person_id, appid)
    return _fan(row) if row else None


def fan(store: Store, appid: str, openid: str) -> Fan | None:
    """The fan of an openid; None when it belongs to another account."""
    row = store.row("SELECT * FROM fans WHERE openid = ? AND appid = ?", openid, appid)
    return _fan(row) if row else None


def fans_of(store: Store, person_id: str) -> list[Fan]:
    """A person as each account sees her."""
    rows = store.rows("SELECT * FROM fans WHERE person_id = ? ORDER BY appid", person_id)
    return [_fan(row) for row in rows]


def _fan(row: sqlite3.Row) -> Fan:
    flags = {name: bool(row[name]) for name in ("follows", "blacklisted", "refuses")}
    return Fan(**{**dict(row), **flags})


def follow(store: Store, openid: str, scene: str, at_ms: int) -> None:
    """She follows from now on; how she came is kept."""
    statement = "UPDATE fans SET follows = 1, followed_ms = ?, scene = ? WHERE openid = ?"
    store.write(statement, at_ms, scene, openid)


def unfollow(store: Store, openid: str) -> None:
    """She follows no more: every window shuts, and (assumed) her tags and remark are gone."""
    with store.writing() as connection:
        connection.execute("UPDATE fans SET follows = 0, remark = '' WHERE openid = ?", (openid,))
        connection.execute("DELETE FROM windows WHERE openid = ?", (openid,))
        connection.execute("DELETE FROM tag_members WHERE openid = ?", (openid,))


def tags_of(store: Store, openid: str) -> list[int]:
    """The ids of her tags, the one put on last at the end."""
    statement = "SELECT tag_id FROM tag_members WHERE openid = ? ORDER BY rowid"
    return [row[0] for row in store.rows(statement, openid)]


def open_window(store: Store, openid: str, trigger: str, at_ms: int) -> None:
    """An act of hers opens its window afresh: not cumulative, but back to its full count."""
    if trigger in WINDOWS:
        statement = "INSERT OR REPLACE INTO windows VALUES (?, ?, ?, 0)"
        store.write(statement, openid, trigger, at_ms)


def windows(store: Store, openid: str) -> list[Opened]:
    """Every window she ever opened, shut ones too."""
    statement = "SELECT trigger, opened_ms, used FROM windows WHERE openid = ?"
    return [Opened(**dict(row)) for row in store.rows(statement, openid)]


def messages(store: Store, person_id: str) -> list[dict[str, Any]]:
    """What she received, oldest first."""
    rows = store.rows(
        "SELECT message_id, at_ms, via, msgtype, content, msg_id, messages.appid "
        "FROM messages JOIN fans USING (openid) WHERE person_id = ? ORDER BY message_id",
        person_id,
    )
    return [{**dict(row), "content": json.loads(row["content"])} for row in rows]
