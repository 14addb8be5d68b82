"""People of the sandbox: made, listed, read. Their phones are never shown."""

from typing import Any

from sandbox import calls, people, sms
from sandbox.admin.blueprint import CannotDo, body, bp, text, the_person, whole
from sandbox.box import the_box
from sandbox.people import Person


@bp.post("/people")
def post_person() -> dict[str, Any]:
    """Make a person; the same key gives the same one."""
    person = _read(body())
    people.save(the_box().store, [person])
    return _shown(person)


@bp.post("/people/bulk")
def post_people() -> dict[str, Any]:
    """Make many at once."""
    given = body().get("people")
    if not isinstance(given, list):
        raise CannotDo("people: a list is needed")
    made = [_read(one) for one in given]
    people.save(the_box().store, made)
    return {"people": [_shown(person) for person in made]}


def _read(given: Any) -> Person:
    if not isinstance(given, dict):
        raise CannotDo("a person is an object with key and nickname")
    key = text(given, "key")
    phone = given.get("phone")
    if phone is not None and not isinstance(phone, str):
        raise CannotDo("phone: a string is needed")
    return people.make(key, str(given.get("nickname") or key), phone or None)


def _shown(person: Person) -> dict[str, Any]:
    fans = people.fans_of(the_box().store, person.person_id)
    return {
        "person_id": person.person_id,
        "nickname": person.nickname,
        "unionid": person.unionid,
        "openids": {fan.appid: fan.openid for fan in fans},
        "follows": {fan.appid: fan.follows for fan in fans},
    }


@bp.get("/people")
def list_people() -> dict[str, Any]:
    """The people made last."""
    found = people.latest(the_box().store, min(whole("limit", 50), 500))
    return {"people": [_shown(person) for person in found]}


@bp.get("/people/<person_id>/sms")
def get_sms(person_id: str) -> dict[str, Any]:
    """The messages on her phone, oldest first."""
    box = the_box()
    return {"messages": sms.received(box, the_person(person_id).phone)}


@bp.get("/people/<person_id>/calls")
def get_calls(person_id: str) -> dict[str, Any]:
    """The calls to her phone, oldest first."""
    box = the_box()
    return {"calls": calls.received(box, the_person(person_id).phone)}


@bp.get("/people/<person_id>")
def get_person(person_id: str) -> dict[str, Any]:
    """One person, and whom she follows."""
    return _shown(the_person(person_id))


@bp.get("/people/<person_id>/messages")
def get_messages(person_id: str) -> dict[str, Any]:
    """What she received, oldest first."""
    return {"messages": people.messages(the_box().store, the_person(person_id).person_id)}
