"""Make a person act: scan, follow, write, tap, log in, allow her phone."""

from typing import Any

from sandbox import accounts, acts
from sandbox.accounts import Account
from sandbox.acts import Done
from sandbox.admin.blueprint import (
    CannotDo,
    body,
    bp,
    number,
    text,
    the_account,
    the_fan,
    the_person,
)
from sandbox.box import the_box
from sandbox.catalogue import EVENTS, MESSAGES
from sandbox.people import Fan

DENIED = {"errMsg": "getPhoneNumber:fail user deny"}
RESENDS_AT_ONCE = 10


def _actors(person_id: str, given: dict[str, Any]) -> tuple[Account, Fan]:
    account = the_account(given)
    if not account.callback_url:
        raise CannotDo("the account has no callback_url, so nobody would hear of it")
    return account, the_fan(the_person(person_id), account)


def answer(done: Done, given: dict[str, Any]) -> dict[str, Any]:
    """What an act caused; with `wait` also how its callback went."""
    said: dict[str, Any] = {
        "kind": done.kind,
        "event_id": done.event_id,
        "accepted_ms": done.accepted_ms,
    }
    if given.get("wait") and done.delivery:
        delivery = done.delivery.result()
        said |= {"delivered": delivery.delivered, "attempts": delivery.attempts}
        said["answer_ms"] = delivery.answer_ms
    return said


@bp.post("/people/<person_id>/scan")
def post_scan(person_id: str) -> dict[str, Any]:
    """Scan a code of a service account."""
    given = body()
    account, fan = _actors(person_id, given)
    follow = given.get("follow", True) is not False
    return answer(acts.scan(the_box(), account, fan, text(given, "scene"), follow), given)


@bp.post("/people/<person_id>/follow")
def post_follow(person_id: str) -> dict[str, Any]:
    """Follow by search, or with `scene` on the page that her scan opened."""
    given = body()
    account, fan = _actors(person_id, given)
    if fan.follows:
        raise CannotDo("she follows already", 409)
    scene = str(given.get("scene") or "")
    return answer(acts.start_following(the_box(), account, fan, scene), given)


@bp.post("/people/<person_id>/unfollow")
def post_unfollow(person_id: str) -> dict[str, Any]:
    """Stop following."""
    given = body()
    account, fan = _actors(person_id, given)
    _must_follow(fan)
    return answer(acts.stop_following(the_box(), account, fan), given)


@bp.post("/people/<person_id>/message")
def post_message(person_id: str) -> dict[str, Any]:
    """Type a line to the account."""
    given = body()
    account, fan = _actors(person_id, given)
    _must_follow(fan)
    return answer(acts.write_message(the_box(), account, fan, text(given, "text")), given)


@bp.post("/people/<person_id>/menu")
def post_menu(person_id: str) -> dict[str, Any]:
    """Tap a menu button."""
    given = body()
    account, fan = _actors(person_id, given)
    _must_follow(fan)
    return answer(acts.tap_menu(the_box(), account, fan, text(given, "key")), given)


@bp.post("/people/<person_id>/act")
def post_act(person_id: str) -> dict[str, Any]:
    """Any event or message: {appid, event | message, fields?}; unknown ones go as given."""
    given = body()
    account, fan = _actors(person_id, given)
    event, message = given.get("event"), given.get("message")
    fields = given.get("fields") or {}
    if bool(event) == bool(message) or not isinstance(fields, dict):
        raise CannotDo("give event or message, and fields as an object")
    act = acts.Act(str(event or ""), str(message or ""), fields)
    return answer(acts.perform(the_box(), account, fan, act), given)


@bp.get("/acts")
def list_acts() -> dict[str, Any]:
    """What the catalogue knows, with the fields of each."""
    return {
        kind: {name: dict(one.fields) for name, one in known.items()}
        for kind, known in (("events", EVENTS), ("messages", MESSAGES))
    }


@bp.post("/people/<person_id>/refuse")
def post_refuse(person_id: str) -> dict[str, Any]:
    """Switch the account's messages off in her settings, or on: {appid, refuses}."""
    given = body()
    fan = the_fan(the_person(person_id), the_account(given))
    refuses = given.get("refuses", True) is not False
    the_box().store.write("UPDATE fans SET refuses = ? WHERE openid = ?", refuses, fan.openid)
    return {"refuses": refuses}


def _must_follow(fan: Fan) -> None:
    if not fan.follows:
        raise CannotDo("she does not follow this account", 409)


@bp.post("/people/<person_id>/resend")
def post_resend(person_id: str) -> dict[str, Any]:
    """Send her last callback again although it was answered: {times}."""
    person = the_person(person_id)
    times = int(number(body(), "times", 1))
    event = acts.last_event(the_box(), person)
    if event is None or not 1 <= times <= RESENDS_AT_ONCE:
        raise CannotDo(f"she has done nothing yet, or times is not 1..{RESENDS_AT_ONCE}", 409)
    answers = the_box().courier.repeat(event, times)
    return {"event_id": event.event_id, "statuses": [answer.status for answer in answers]}


def _mini_program(given: dict[str, Any]) -> Account:
    account = the_account(given)
    if account.kind != accounts.MINI_PROGRAM:
        raise CannotDo("this is not a mini-program's appid")
    return account


@bp.post("/people/<person_id>/login")
def post_login(person_id: str) -> dict[str, Any]:
    """wx.login in a mini-program."""
    account = _mini_program(body())
    return {"code": acts.grant(the_box(), account.appid, the_person(person_id), "login")}


@bp.post("/people/<person_id>/phone")
def post_phone(person_id: str) -> dict[str, Any]:
    """Answer WeChat's question for her phone: allow, refuse, or give another number."""
    given = body()
    account, person = _mini_program(given), the_person(person_id)
    if given.get("allow", True) is False:
        return DENIED
    phone = str(given.get("phone") or person.phone)
    return {"code": acts.grant(the_box(), account.appid, person, "phone", phone), "errMsg": "ok"}


@bp.post("/people/<person_id>/authorize")
def post_authorize(person_id: str) -> dict[str, Any]:
    """Open a web page through WeChat's login: {appid, scope?, snapshot?} gives its code."""
    given = body()
    account, person = the_account(given), the_person(person_id)
    scope = given.get("scope", "snsapi_base")
    if account.kind != accounts.SERVICE or scope not in ("snsapi_base", "snsapi_userinfo"):
        raise CannotDo("a service account's appid, and scope snsapi_base or snsapi_userinfo")
    detail = f"{scope} snapshot" if given.get("snapshot") else str(scope)
    return {"code": acts.grant(the_box(), account.appid, person, "web", detail=detail)}
