"""/: everything at a glance, and a hand on everybody: phones, messages, quotas, log, faults."""

from typing import Any

from flask import render_template

from sandbox import accounts, faults, journal, people, quotas
from sandbox.admin.blueprint import whole
from sandbox.box import Box, the_box
from sandbox.pages.blueprint import bp
from sandbox.people import Person

PEOPLE, LINES, MESSAGES = 12, 100, 8
LATEST = """
SELECT message_id, at_ms, via, msgtype, person_id FROM messages JOIN fans USING (openid)
ORDER BY message_id DESC LIMIT ?"""
NEWEST_LINES = "SELECT max(seq) FROM log"


@bp.get("/")
def show_desk() -> str:
    """The page; it fills and renews itself."""
    return render_template("desk.html", kinds=faults.API_KINDS)


@bp.get("/sandbox/desk/state")
def desk_state() -> dict[str, Any]:
    """All that the page shows; the log from `after` on, at first only its newest lines."""
    box = the_box()
    now_ms = box.clock.now_ms()
    newest = int(box.store.value(NEWEST_LINES) or 0)
    after = max(whole("after", 0), newest - LINES)
    return {
        "now_ms": now_ms,
        "offset_seconds": box.clock.offset_seconds,
        "accounts": _accounts(box),
        "people": [_person(one) for one in people.latest(box.store, PEOPLE)],
        "messages": [dict(row) for row in box.store.rows(LATEST, MESSAGES)],
        "quotas": quotas.listed(box.store, now_ms)[:PEOPLE],
        "faults": faults.planned(box.store),
        "sums": journal.sums(box.store, 0),
        "newest": newest,
        "entries": journal.read(box.store, after, LINES),
    }


def _accounts(box: Box) -> list[dict[str, Any]]:
    """The service accounts first: most acts are theirs."""
    known = accounts.every(box.store)
    return [_account(one) for one in sorted(known, key=lambda one: one.kind, reverse=True)]


def _account(account: accounts.Account) -> dict[str, Any]:
    shown = ("appid", "kind", "name", "mode", "format")
    has_address = bool(account.callback_url)
    return {**{name: getattr(account, name) for name in shown}, "has_address": has_address}


def _person(person: Person) -> dict[str, Any]:
    store = the_box().store
    received = "SELECT count(*) FROM messages JOIN fans USING (openid) WHERE person_id = ?"
    return {
        "person_id": person.person_id,
        "nickname": person.nickname,
        "follows": [fan.appid for fan in people.fans_of(store, person.person_id) if fan.follows],
        "messages": store.value(received, person.person_id),
    }
