"""PUT /corps/<corpid>: a WeCom corp; and people who add its guides, or leave them."""

from typing import Any

from sandbox import contacts, corps
from sandbox.accounts import Account
from sandbox.admin.acts import answer
from sandbox.admin.blueprint import CannotDo, body, bp, text, the_person
from sandbox.box import the_box
from sandbox.corps import Corp


@bp.put("/corps/<corpid>")
def put_corp(corpid: str) -> dict[str, Any]:
    """Create or change a corp; `members` gives a person_id for each userid."""
    given = body()
    members = given.get("members") or {}
    if not isinstance(members, dict):
        raise CannotDo("members: an object of userid to person_id is needed")
    for person_id in members.values():
        the_person(str(person_id))
    names = ("web_host", "callback_url", "token", "encoding_aes_key")
    corp = Corp(
        corpid,
        text(given, "secret"),
        text(given, "agent_id"),
        **{name: str(given.get(name) or "") for name in names},
        tells_unionid=given.get("tells_unionid", True) is not False,
    )
    corps.save(the_box().store, corp, members)
    return {"corpid": corpid}


@bp.post("/corps/<corpid>/verify")
def verify_corp(corpid: str) -> dict[str, Any]:
    """WeCom's GET on saving the callback's address."""
    return {"verified": the_box().courier.verify_url(_receiver(corpid))}


@bp.post("/people/<person_id>/add-guide")
def post_add_guide(person_id: str) -> dict[str, Any]:
    """She adds a guide: {corpid, config_id | userid, state?, chatted?, silent?, half?}."""
    given = body()
    account = _receiver(text(given, "corpid"))
    adding = _adding(account.appid, given)
    return answer(contacts.add(the_box(), account, the_person(person_id), adding), given)


@bp.post("/people/<person_id>/part")
def post_part(person_id: str) -> dict[str, Any]:
    """One removes the other: {corpid, userid, by: customer or guide}."""
    given = body()
    account, by = _receiver(text(given, "corpid")), given.get("by", "customer")
    if by not in ("customer", "guide"):
        raise CannotDo("by: customer or guide")
    done = contacts.part(
        the_box(), account, the_person(person_id), text(given, "userid"), by_guide=by == "guide"
    )
    if done is None:
        raise CannotDo("the two are no contacts", 409)
    return answer(done, given)


@bp.get("/people/<person_id>/welcomes/<corpid>")
def get_welcomes(person_id: str, corpid: str) -> dict[str, Any]:
    """The welcomes that came into her chat, oldest first."""
    return {"welcomes": contacts.welcomed(the_box(), the_person(person_id), corpid)}


def _receiver(corpid: str) -> Account:
    account = corps.receiver(the_box().store, corpid)
    if account is None:
        raise CannotDo("there is no such corp; PUT /sandbox/api/corps/<corpid> first", 404)
    if not account.callback_url:
        raise CannotDo("the corp has no callback_url, so nobody would hear of it")
    return account


def _adding(corpid: str, given: dict[str, Any]) -> contacts.Adding:
    flags = {
        "has_chatted": bool(given.get("chatted")),
        "is_silent": bool(given.get("silent")),
        "is_half": bool(given.get("half")),
    }
    if "config_id" not in given:
        return contacts.Adding(text(given, "userid"), str(given.get("state") or ""), **flags)
    way = contacts.way_of(the_box(), corpid, text(given, "config_id"))
    if way is None:
        raise CannotDo("there is no such contact way, or it was deleted", 404)
    return contacts.Adding(way.userid, way.state, **flags)
