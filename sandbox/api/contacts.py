"""/cgi-bin/externalcontact/*: 联系我, who a customer is, and a welcome within 20 seconds."""

import io
from typing import Any

import segno
from flask import Response, request

from sandbox import contacts, corps, people
from sandbox.api.blueprint import bp, note_call
from sandbox.api.calls import body
from sandbox.api.corps import GOOD, corp_caller
from sandbox.api.errors import WeChatRefusal
from sandbox.box import the_box
from sandbox.contacts import Way
from sandbox.corps import Corp
from sandbox.limits import limit

LONGEST_STATE = LONGEST_REMARK = 30
LONGEST_TEXT = 4000  # bytes
BY_QR_CODE = 2
PICTURES = "https://wework.qpic.cn/wwpic"


@bp.post("/cgi-bin/externalcontact/add_contact_way")
def add_contact_way() -> dict[str, Any]:
    """A new 联系我 of one member, by a QR code; asked twice, there are two."""
    corp, asked, box = corp_caller(), body(), the_box()
    if asked.get("type") != 1 or asked.get("scene") != BY_QR_CODE:
        raise WeChatRefusal(40058)
    state, remark = _text(asked, "state", LONGEST_STATE), _text(asked, "remark", LONGEST_REMARK)
    counted = "SELECT count(*) FROM contact_ways WHERE corpid = ?"
    if box.store.value(counted, corp.corpid) >= limit(box.store, "contact_ways"):
        raise WeChatRefusal(41054)
    note_call(key=state)
    way = contacts.make_way(box, corp, _member(corp, asked.get("user")), state, remark)
    return {**GOOD, "config_id": way.config_id, "qr_code": _address(way)}


@bp.post("/cgi-bin/externalcontact/get_contact_way")
def get_contact_way() -> dict[str, Any]:
    """One of the corp's."""
    way = _way(corp_caller(), body())
    shown = {"config_id": way.config_id, "type": 1, "scene": BY_QR_CODE, "state": way.state}
    shown |= {"remark": way.remark, "user": [way.userid], "qr_code": _address(way)}
    return {**GOOD, "contact_way": shown}


@bp.post("/cgi-bin/externalcontact/list_contact_way")
def list_contact_way() -> dict[str, Any]:
    """The ids of those made between two moments, page by page; 90 days where none is named."""
    corp, asked, box = corp_caller(), body(), the_box()
    now = box.clock.now_ms() // 1000
    start, end = int(asked.get("start_time") or now - 90 * 86400), int(asked.get("end_time") or now)
    page = min(int(asked.get("limit") or 100), 1000)
    found = contacts.ways_between(box, corp.corpid, start * 1000, end * 1000 + 999)
    at = int(asked.get("cursor") or 0)
    answer = {**GOOD, "contact_way": [{"config_id": way.config_id} for way in found[at:][:page]]}
    return answer | ({"next_cursor": str(at + page)} if at + page < len(found) else {})


@bp.post("/cgi-bin/externalcontact/update_contact_way")
def update_contact_way() -> dict[str, Any]:
    """Another member, state or remark under the same picture."""
    corp, asked = corp_caller(), body()
    way = _way(corp, asked)
    userid = _member(corp, asked["user"]) if "user" in asked else way.userid
    state = _text(asked, "state", LONGEST_STATE) if "state" in asked else way.state
    changed = "UPDATE contact_ways SET userid = ?, state = ? WHERE config_id = ?"
    the_box().store.write(changed, userid, state, way.config_id)
    return GOOD


@bp.post("/cgi-bin/externalcontact/del_contact_way")
def del_contact_way() -> dict[str, Any]:
    """Its picture leads nowhere from now on."""
    way = _way(corp_caller(), body())
    the_box().store.write("DELETE FROM contact_ways WHERE config_id = ?", way.config_id)
    return GOOD


@bp.get("/cgi-bin/externalcontact/get")
def get_contact() -> dict[str, Any]:
    """Who a customer is; her unionid where the corp is bound to the brand's open platform."""
    corp, box = corp_caller(), the_box()
    external = request.args.get("external_userid", "")
    followed = contacts.relations(box, corp.corpid, external)
    person = people.find(box.store, followed[0]["person_id"]) if followed else None
    if person is None:
        raise WeChatRefusal(84061)
    note_call(person_id=person.person_id)
    shown = {"external_userid": external, "name": person.nickname, "type": 1}
    if corp.tells_unionid:
        shown["unionid"] = person.unionid
    guides = [
        {"userid": one["userid"], "state": one["state"], "createtime": one["at_ms"] // 1000}
        for one in followed
    ]
    return {**GOOD, "external_contact": shown, "follow_user": guides}


@bp.post("/cgi-bin/externalcontact/send_welcome_msg")
def send_welcome_msg() -> dict[str, Any]:
    """One message for one code, within 20 seconds of the event that brought it."""
    corp, asked = corp_caller(), body()
    text = (asked.get("text") or {}).get("content")
    if not isinstance(text, str) or not text or len(text.encode()) > LONGEST_TEXT:
        raise WeChatRefusal(40058)
    box, code = the_box(), str(asked.get("welcome_code") or "")
    note_call(person_id=contacts.owner_of(box, corp.corpid, code))
    refused = contacts.welcome(box, corp.corpid, code, text)
    if refused:
        raise WeChatRefusal(refused)
    return GOOD


@bp.get("/wwpic/<picture>/0")
def contact_picture(picture: str) -> Response:
    """The QR code of a 联系我, as WeCom's picture server has it."""
    statement = "SELECT config_id FROM contact_ways WHERE picture = ?"
    config_id = the_box().store.value(statement, picture)
    if config_id is None:
        return Response(status=404)
    drawn = io.BytesIO()
    address = f"https://work.weixin.qq.com/ca/{config_id}"
    segno.make_qr(address, error="m").save(drawn, kind="png", scale=10, border=4)
    return Response(drawn.getvalue(), mimetype="image/png")


def _address(way: Way) -> str:
    return f"{PICTURES}/{way.picture}/0"


def _way(corp: Corp, asked: dict[str, Any]) -> Way:
    way = contacts.way_of(the_box(), corp.corpid, str(asked.get("config_id") or ""))
    if way is None:
        raise WeChatRefusal(41052)
    return way


def _member(corp: Corp, given: Any) -> str:
    if not isinstance(given, list) or len(given) != 1:
        raise WeChatRefusal(40058)
    if not corps.is_member(the_box().store, corp.corpid, str(given[0])):
        raise WeChatRefusal(60111)
    return str(given[0])


def _text(asked: dict[str, Any], name: str, longest: int) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise WeChatRefusal(40058)
    return value
