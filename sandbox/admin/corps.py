"""PUT /corps/<corpid>: a WeCom corp, its app, and which people are its members."""

from typing import Any

from sandbox import corps
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
    web_host = str(given.get("web_host") or "")
    corp = Corp(corpid, text(given, "secret"), text(given, "agent_id"), web_host)
    corps.save(the_box().store, corp, members)
    return {"corpid": corpid}
