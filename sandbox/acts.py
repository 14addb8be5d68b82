"""What a person does with WeChat in her hand, and the callback that follows."""

import hashlib
import secrets
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from sandbox import envelope, events, people
from sandbox.accounts import Account
from sandbox.box import Box
from sandbox.callbacks import Delivery
from sandbox.catalogue import EVENTS, MESSAGES
from sandbox.catalogue.known import Known, filled
from sandbox.people import Fan, Person
from sandbox.rules import MINUTE_MS

GRANT_MS = 5 * MINUTE_MS


@dataclass(frozen=True)
class Done:
    """What an act caused; `accepted_ms` is the moment before the callback leaves."""

    kind: str
    event_id: str
    accepted_ms: int
    delivery: Future[Delivery] | None


def scan(box: Box, account: Account, fan: Fan, scene: str, follow: bool) -> Done:
    """A follower's scan is SCAN; a stranger's is a subscribe, or a look without a trace."""
    ticket = _ticket(box, account, scene)
    if fan.follows:
        extra = {"EventKey": scene, "Ticket": ticket}
        return _tell(box, account, fan, "SCAN", extra, "scan", scene)
    if not follow:
        return _look(box, account, fan, scene)
    people.follow(box.store, fan.openid, scene, box.clock.now_ms())
    extra = {"EventKey": f"qrscene_{scene}", "Ticket": ticket}
    return _tell(box, account, fan, "subscribe", extra, "follow", scene)


def start_following(box: Box, account: Account, fan: Fan, scene: str = "") -> Done:
    """Follow by search, or on the page that an earlier scan opened: no second scan."""
    people.follow(box.store, fan.openid, scene, box.clock.now_ms())
    extra = {"EventKey": ""}
    if scene:
        extra = {"EventKey": f"qrscene_{scene}", "Ticket": _ticket(box, account, scene)}
    return _tell(box, account, fan, "subscribe", extra, "follow")


def stop_following(box: Box, account: Account, fan: Fan) -> Done:
    """Unfollow; every reply window shuts with it."""
    people.unfollow(box.store, fan.openid)
    return _tell(box, account, fan, "unsubscribe", {"EventKey": ""}, "")


def tap_menu(box: Box, account: Account, fan: Fan, key: str) -> Done:
    """Tap a menu button of type click."""
    return _tell(box, account, fan, "CLICK", {"EventKey": key}, "menu")


def write_message(box: Box, account: Account, fan: Fan, text: str) -> Done:
    """Type a line to the account."""
    return perform(box, account, fan, Act(message="text", fields={"Content": text}))


@dataclass(frozen=True)
class Act:
    """Any event or message; `fields` are laid over what the catalogue knows, header included."""

    event: str = ""
    message: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


def perform(box: Box, account: Account, fan: Fan, act: Act) -> Done:
    """Tell Huike of an act; one that the catalogue does not know goes as it is given."""
    known = (EVENTS if act.event else MESSAGES).get(act.event or act.message, Known())
    at_ms = box.clock.now_ms()
    people.open_window(box.store, fan.openid, known.trigger, at_ms)
    facts = _facts(box, account, fan, at_ms)
    kind = {"Event": act.event} if act.event else {}
    fields = {
        **events.header(account, known.sender or fan.openid, at_ms, act.message or "event"),
        **kind,
        **filled(known.fields, facts),
        **({} if act.event else {"MsgId": _message_id()}),
        **act.fields,
    }
    return _post(box, account, fan, act.event or act.message, fields, at_ms)


def _facts(box: Box, account: Account, fan: Fan, at_ms: int) -> dict[str, str]:
    person = people.find(box.store, fan.person_id)
    return {
        "openid": fan.openid,
        "unionid": person.unionid if person else "",
        "appid": account.appid,
        "nonce": secrets.token_hex(8),
        "at": str(at_ms // 1000),
    }


def _message_id() -> int:
    return 23_000_000_000_000_000 + secrets.randbelow(10**15)


def _tell(
    box: Box, account: Account, fan: Fan, name: str, extra: dict[str, Any],
    trigger: str, scene: str = "",
) -> Done:  # fmt: skip
    at_ms = box.clock.now_ms()
    people.open_window(box.store, fan.openid, trigger, at_ms)
    fields = {**events.header(account, fan.openid, at_ms, "event"), "Event": name, **extra}
    return _post(box, account, fan, name, fields, at_ms, scene)


def _post(
    box: Box, account: Account, fan: Fan, what: str, fields: dict[str, Any], at_ms: int,
    scene: str = "",
) -> Done:  # fmt: skip
    plaintext = envelope.write(account, fields)
    return dispatch(box, _event(account, fan, what, plaintext, at_ms), scene)


def _event(account: Account, fan: Fan, what: str, plaintext: str, at_ms: int) -> events.Event:
    return events.Event(
        events.new_event_id(), account.appid, fan.person_id, fan.openid, what, plaintext, at_ms
    )


def dispatch(box: Box, event: events.Event, scene: str = "") -> Done:
    """Keep an event and let the courier carry it."""
    events.record(box.store, event, scene)
    return Done(event.what, event.event_id, event.at_ms, box.courier.send(event))


def _look(box: Box, account: Account, fan: Fan, scene: str) -> Done:
    event = _event(account, fan, "looked", "", box.clock.now_ms())
    events.record(box.store, event, scene)
    return Done(event.what, event.event_id, event.at_ms, None)


def _ticket(box: Box, account: Account, scene: str) -> str:
    statement = "SELECT ticket FROM codes WHERE appid = ? AND scene = ? ORDER BY rowid DESC LIMIT 1"
    made: str | None = box.store.value(statement, account.appid, scene)
    return made or "gQ" + hashlib.sha256(f"{account.appid}\0{scene}".encode()).hexdigest()


def last_event(box: Box, person: Person) -> events.Event | None:
    """Her last act that was told to Huike, ready to be sent again."""
    row = box.store.row(
        "SELECT * FROM events WHERE person_id = ? AND plaintext IS NOT NULL "
        "ORDER BY rowid DESC LIMIT 1",
        person.person_id,
    )
    if row is None:
        return None
    return events.Event(
        row["event_id"], row["appid"], row["person_id"], row["openid"], row["what"],
        row["plaintext"], row["at_ms"],
    )  # fmt: skip


def grant(
    box: Box, appid: str, person: Person, kind: str, phone: str = "", detail: str = ""
) -> str:
    """A code for wx.login, for her phone or for a web page: good once, for five minutes."""
    code = secrets.token_hex(16)
    statement = (
        "INSERT INTO grants (code, kind, appid, person_id, phone, expires_ms, detail) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    expires_ms = box.clock.now_ms() + GRANT_MS
    box.store.write(statement, code, kind, appid, person.person_id, phone, expires_ms, detail)
    return code
