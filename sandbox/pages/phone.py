"""/phone/<person_id>: a shopper's WeChat, with the brand's account open."""

from typing import Any

from flask import Response, abort, make_response, render_template

from sandbox import accounts, people
from sandbox.accounts import Account
from sandbox.box import Box, the_box
from sandbox.pages.authorize import WHO
from sandbox.pages.blueprint import bp
from sandbox.people import Person
from sandbox.story import config

TICKET = """
SELECT ticket FROM codes WHERE appid = ? AND scene = ? ORDER BY rowid DESC LIMIT 1"""
LAST_SCAN = """
SELECT scene FROM events WHERE person_id = ? AND appid = ? AND scene <> ''
ORDER BY rowid DESC LIMIT 1"""


def _person(box: Box, person_id: str) -> Person:
    return people.find(box.store, person_id) or abort(404)


@bp.get("/phone/<person_id>")
def show_phone(person_id: str) -> Response:
    """The chat screen; it fills and renews itself. Web logins of this browser are hers now."""
    person = _person(the_box(), person_id)
    response = make_response(render_template("phone.html", person=person))
    response.set_cookie(WHO, person.person_id, httponly=True, samesite="Lax")
    return response


@bp.get("/phone/<person_id>/state")
def phone_state(person_id: str) -> dict[str, Any] | tuple[Response, int]:
    """All that the screen shows."""
    box = the_box()
    person, story = _person(box, person_id), config.read(box.store)
    account = accounts.find(box.store, story.get("appid", "")) or _any_service(box)
    fan = people.fan_of(box.store, person_id, account.appid)
    scanned = box.store.value(LAST_SCAN, person_id, account.appid)
    scene = scanned or story.get("scene", "")
    return {
        "nickname": person.nickname,
        "account": {"appid": account.appid, "name": account.name},
        "mini_appid": story.get("mini_appid", ""),
        "store_name": story.get("store_name", ""),
        "place": story.get("place", ""),
        "scene": scene,
        "scanned": scanned is not None,
        "follows": bool(fan and fan.follows),
        "ticket": box.store.value(TICKET, account.appid, scene),
        "messages": _chat(box, person_id, account),
    }


def _any_service(box: Box) -> Account:
    services = [one for one in accounts.every(box.store) if one.kind == accounts.SERVICE]
    return services[0] if services else abort(404)


def _chat(box: Box, person_id: str, account: Account) -> list[dict[str, Any]]:
    received = people.messages(box.store, person_id)
    return [message for message in received if message["appid"] == account.appid]
