"""A mass send's life: accepted, filtered, delivered a moment later, then its receipt."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox import accounts, events, rules
from sandbox.box import Box
from sandbox.clock import month_start_ms
from sandbox.limits import limit
from sandbox.messages import MASS, Message, deliver

FIRST_MSG_ID = 1_000_000_001
DELAY = "mass.delay_seconds"
OUTCOME, SUCCESS = "mass.outcome", "send success"


@dataclass(frozen=True)
class Order:
    """What Huike asked for."""

    appid: str
    client_id: str
    msgtype: str
    content: Any
    openids: Sequence[str]
    to_all: bool = False


class Repeated(Exception):
    """The client id was seen within a day; carries the errcode and the first job's id."""

    def __init__(self, errcode: int, msg_id: int) -> None:
        super().__init__(errcode)
        self.errcode, self.msg_id = errcode, msg_id


def accept(box: Box, order: Order) -> int:
    """Filter, reserve each fan's quota, and finish in the background; answers the msg_id."""
    now_ms = box.clock.now_ms()
    with box.store.writing() as connection:
        _refuse_repeat(connection, order, now_ms)
        _check_account_quota(connection, box, order, now_ms)
        filtered = _filter(connection, box, order, now_ms)
        msg_id = _insert(connection, box, order, filtered, now_ms)
        reserved = [(msg_id, openid, now_ms) for openid in filtered.accepted]
        connection.executemany("INSERT INTO mass_recipients VALUES (?, ?, ?)", reserved)
    _finish_later(box, msg_id, _delay(box))
    return msg_id


def _refuse_repeat(connection: sqlite3.Connection, order: Order, now_ms: int) -> None:
    statement = (
        "SELECT msg_id, at_ms FROM mass_jobs WHERE appid = ? AND client_id = ? "
        "ORDER BY msg_id DESC LIMIT 1"
    )
    job = connection.execute(statement, (order.appid, order.client_id)).fetchone()
    errcode = rules.client_id_refusal(job["at_ms"], now_ms) if job else None
    if errcode is not None:
        raise Repeated(errcode, job["msg_id"])


class NoQuota(Exception):
    """A send to everybody beyond the account's four of the month."""


def _check_account_quota(
    connection: sqlite3.Connection, box: Box, order: Order, now_ms: int
) -> None:
    counted = "SELECT count(*) FROM mass_jobs WHERE appid = ? AND to_all AND at_ms >= ?"
    sent = connection.execute(counted, (order.appid, month_start_ms(now_ms))).fetchone()[0]
    if order.to_all and sent >= limit(box.store, "mass_to_all_per_month"):
        raise NoQuota


def _filter(connection: sqlite3.Connection, box: Box, order: Order, now_ms: int) -> rules.Filtered:
    asked = json.dumps(list(order.openids))
    followers = connection.execute(
        "SELECT openid FROM fans WHERE appid = ? AND follows AND NOT blacklisted AND NOT refuses "
        "AND openid IN (SELECT value FROM json_each(?))",
        (order.appid, asked),
    )
    received = connection.execute(
        "SELECT openid, count(*) FROM mass_recipients WHERE at_ms >= ? "
        "AND openid IN (SELECT value FROM json_each(?)) GROUP BY openid",
        (month_start_ms(now_ms), asked),
    )
    most = limit(box.store, "mass_per_fan_and_month")
    return rules.filter_fans(order.openids, {row[0] for row in followers}, dict(received), most)


def _insert(
    connection: sqlite3.Connection, box: Box, order: Order, filtered: rules.Filtered, now_ms: int
) -> int:
    counter = "SELECT max(seq) FROM sqlite_sequence WHERE name = 'mass_jobs'"  # survives a reset
    msg_id: int = max(FIRST_MSG_ID, (connection.execute(counter).fetchone()[0] or 0) + 1)
    connection.execute(
        "INSERT INTO mass_jobs (msg_id, appid, client_id, msgtype, content, at_ms, due_ms, total, "
        "filtered, to_all, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            msg_id, order.appid, order.client_id, order.msgtype,
            json.dumps(order.content, ensure_ascii=False), now_ms,
            now_ms + int(_delay(box) * 1000), filtered.total, len(filtered.accepted),
            order.to_all, box.store.setting(OUTCOME, SUCCESS),
        ),
    )  # fmt: skip
    return msg_id


def _delay(box: Box) -> float:
    return float(box.store.setting(DELAY, box.settings.mass_delay))


def _finish_later(box: Box, msg_id: int, seconds: float) -> None:
    box.later.after(seconds, lambda: finish(box, msg_id))


def resume(box: Box) -> None:
    """After a restart: finish what was accepted and not finished."""
    for row in box.store.rows("SELECT msg_id FROM mass_jobs WHERE sent IS NULL"):
        _finish_later(box, row["msg_id"], _delay(box))


def finish(box: Box, msg_id: int) -> None:
    """Deliver to those who still follow, then tell Huike the counts."""
    now_ms = box.clock.now_ms()
    with box.store.writing() as connection:
        job = connection.execute("SELECT * FROM mass_jobs WHERE msg_id = ?", (msg_id,)).fetchone()
        if job is None:  # forgotten by a reset meanwhile
            return
        sent = _deliver(connection, job, now_ms)
        settle = "UPDATE mass_jobs SET sent = ?, failed = ? WHERE msg_id = ?"
        connection.execute(settle, (sent, job["filtered"] - sent, msg_id))
    _announce(box, job, sent, now_ms)


def _deliver(connection: sqlite3.Connection, job: sqlite3.Row, now_ms: int) -> int:
    if job["outcome"] != SUCCESS:
        return 0
    rows = connection.execute(
        "SELECT openid FROM mass_recipients JOIN fans USING (openid) WHERE msg_id = ? AND follows",
        (job["msg_id"],),
    )
    openids = [row[0] for row in rows]
    content = json.loads(job["content"])
    message = Message(job["appid"], MASS, job["msgtype"], content, now_ms, job["msg_id"])
    deliver(connection, message, openids)
    return len(openids)


def _announce(box: Box, job: sqlite3.Row, sent: int, now_ms: int) -> None:
    account = accounts.find(box.store, job["appid"])
    if account is None:
        return
    failed = job["filtered"] - sent
    receipt = events.Receipt(
        job["msg_id"], job["total"], job["filtered"], sent, failed, job["outcome"]
    )
    plaintext = events.mass_receipt(account, now_ms, receipt)
    event = events.Event(
        events.new_event_id(), account.appid, None, events.HELPER, "MASSSENDJOBFINISH",
        plaintext, now_ms,
    )  # fmt: skip
    events.record(box.store, event)
    box.courier.send(event)
