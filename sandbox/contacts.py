"""WeCom's customers: by which contact way whom was added, and what the welcome codes are worth."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import acts, envelope, events, identity
from sandbox.accounts import Account
from sandbox.box import Box
from sandbox.corps import Corp
from sandbox.messages import Message, deliver
from sandbox.people import Person
from sandbox.rules import WELCOME_MS

ADDED, HALF_ADDED = "add_external_contact", "add_half_external_contact"
LEFT_BY_CUSTOMER, LEFT_BY_GUIDE = "del_follow_user", "del_external_contact"
WELCOME = "welcome"


@dataclass(frozen=True)
class Way:
    """One 联系我: whose it is, and what her customers' events say of it."""

    config_id: str
    corpid: str
    userid: str
    state: str
    remark: str
    picture: str
    at_ms: int


def make_way(box: Box, corp: Corp, userid: str, state: str, remark: str) -> Way:
    """A new one, always: WeCom knows no key by which it would be the same."""
    way = Way(
        secrets.token_hex(16), corp.corpid, userid, state, remark, secrets.token_hex(12),
        box.clock.now_ms(),
    )  # fmt: skip
    box.store.write("INSERT INTO contact_ways VALUES (?, ?, ?, ?, ?, ?, ?)", *vars(way).values())
    return way


def way_of(box: Box, corpid: str, config_id: str) -> Way | None:
    """The way of this id, if it is the corp's."""
    statement = "SELECT * FROM contact_ways WHERE corpid = ? AND config_id = ?"
    row = box.store.row(statement, corpid, config_id)
    return Way(**dict(row)) if row else None


def ways_between(box: Box, corpid: str, start_ms: int, end_ms: int) -> list[Way]:
    """Those made in this time, oldest first."""
    rows = box.store.rows(
        "SELECT * FROM contact_ways WHERE corpid = ? AND at_ms BETWEEN ? AND ? ORDER BY rowid",
        corpid, start_ms, end_ms,
    )  # fmt: skip
    return [Way(**dict(row)) for row in rows]


@dataclass(frozen=True)
class Adding:
    """A person adds a guide. `has_chatted`: they talk before any welcome could come;
    `is_silent`: the console has a welcome of its own, so the event carries no code."""

    userid: str
    state: str = ""
    has_chatted: bool = False
    is_silent: bool = False
    is_half: bool = False


def add(box: Box, account: Account, person: Person, adding: Adding) -> acts.Done:
    """She adds the guide; the event tells by which way, and what welcomes her for 20 seconds."""
    external, at_ms = identity.external_userid(person.key, account.appid), box.clock.now_ms()
    box.store.write(
        "INSERT OR REPLACE INTO contacts VALUES (?, ?, ?, ?, ?, ?, NULL)",
        account.appid, adding.userid, external, person.person_id, adding.state, at_ms,
    )  # fmt: skip
    fields = {"State": adding.state} if adding.state else {}
    if not adding.is_silent:
        fields["WelcomeCode"] = _code(box, account.appid, external, adding, at_ms)
    change = HALF_ADDED if adding.is_half else ADDED
    return _tell(box, account, person, change, adding.userid, fields)


def part(
    box: Box, account: Account, person: Person, userid: str, *, by_guide: bool
) -> acts.Done | None:
    """One of the two removes the other; None where they are no contacts."""
    external = identity.external_userid(person.key, account.appid)
    ended = box.store.row(
        "SELECT 1 FROM contacts WHERE corpid = ? AND userid = ? AND external_userid = ? "
        "AND ended_ms IS NULL",
        account.appid, userid, external,
    )  # fmt: skip
    if ended is None:
        return None
    box.store.write(
        "UPDATE contacts SET ended_ms = ? WHERE corpid = ? AND userid = ? AND external_userid = ?",
        box.clock.now_ms(), account.appid, userid, external,
    )  # fmt: skip
    change = LEFT_BY_GUIDE if by_guide else LEFT_BY_CUSTOMER
    return _tell(box, account, person, change, userid, {})


def _code(box: Box, corpid: str, external: str, adding: Adding, at_ms: int) -> str:
    code = "WC_" + secrets.token_urlsafe(24)
    statement = "INSERT INTO welcome_codes VALUES (?, ?, ?, ?, ?)"
    box.store.write(statement, code, corpid, external, at_ms, adding.has_chatted)
    return code


def _tell(
    box: Box, account: Account, person: Person, change: str, userid: str, more: Mapping[str, Any]
) -> acts.Done:
    external, at_ms = identity.external_userid(person.key, account.appid), box.clock.now_ms()
    fields = {
        **events.header(account, "sys", at_ms, "event"),
        "Event": "change_external_contact",
        "ChangeType": change,
        "UserID": userid,
        "ExternalUserID": external,
        **more,
    }
    plaintext = envelope.write(account, fields)
    event = events.Event(
        events.new_event_id(), account.appid, person.person_id, external, change, plaintext, at_ms
    )
    return acts.dispatch(box, event)


def welcome(box: Box, corpid: str, code: str, text: str) -> int:
    """Put the welcome into her chat; WeCom's errcode where it does not go: 41051 for a code that
    is used or a chat that has begun, and (assumed) 41050 for one that is unknown or too old."""
    now_ms = box.clock.now_ms()
    with box.store.writing() as connection:
        row = connection.execute(
            "SELECT * FROM welcome_codes WHERE corpid = ? AND code = ?", (corpid, code)
        ).fetchone()
        if row is None or now_ms - row["at_ms"] > WELCOME_MS:
            return 41050
        if row["is_used"]:
            return 41051
        connection.execute("UPDATE welcome_codes SET is_used = 1 WHERE code = ?", (code,))
        message = Message(corpid, WELCOME, "text", {"content": text}, now_ms)
        deliver(connection, message, [row["external_userid"]])
    return 0


def owner_of(box: Box, corpid: str, code: str) -> str | None:
    """The person for whom a welcome code was given."""
    found: str | None = box.store.value(
        "SELECT person_id FROM welcome_codes JOIN contacts USING (corpid, external_userid) "
        "WHERE corpid = ? AND code = ?",
        corpid, code,
    )  # fmt: skip
    return found


def relations(box: Box, corpid: str, external_userid: str) -> list[dict[str, Any]]:
    """The guides who have her as a contact now."""
    rows = box.store.rows(
        "SELECT * FROM contacts WHERE corpid = ? AND external_userid = ? AND ended_ms IS NULL "
        "ORDER BY at_ms",
        corpid, external_userid,
    )  # fmt: skip
    return [dict(row) for row in rows]


def welcomed(box: Box, person: Person, corpid: str) -> list[dict[str, Any]]:
    """What the corp's welcomes put into her chat, oldest first."""
    external = identity.external_userid(person.key, corpid)
    rows = box.store.rows(
        "SELECT at_ms, json_extract(content, '$.content') AS text FROM messages "
        "WHERE appid = ? AND openid = ? AND via = ? ORDER BY message_id",
        corpid, external, WELCOME,
    )  # fmt: skip
    return [dict(row) for row in rows]
