"""/cgi-bin/user/*: what is left of a fan's profile, her remark, and the pages of followers."""

from typing import Any

from flask import request

from sandbox import people
from sandbox.accounts import Account
from sandbox.api.blueprint import bp
from sandbox.api.calls import body, fan_of, openid_list, service_caller
from sandbox.api.errors import WeChatRefusal
from sandbox.box import Box, the_box
from sandbox.limits import limit
from sandbox.people import Fan

NO_PROFILE = {
    "nickname": "", "sex": 0, "city": "", "province": "", "country": "", "headimgurl": "",
}  # fmt: skip
REMARK_BELOW = 30  # characters


@bp.get("/cgi-bin/user/info")
def info() -> dict[str, Any]:
    """Follows or not, since when, by which code; nickname and region stay empty."""
    account = service_caller()
    return profile(the_box(), fan_of(account, request.args.get("openid")))


@bp.post("/cgi-bin/user/info/batchget")
def batch_info() -> dict[str, Any]:
    """The same for up to 100 fans, in the order asked."""
    account = service_caller()
    asked = body().get("user_list")
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise WeChatRefusal(47001)
    openids = openid_list([one.get("openid") for one in asked], "openids_per_batchget")
    box = the_box()
    return {"user_info_list": [profile(box, fan_of(account, openid)) for openid in openids]}


def profile(box: Box, fan: Fan) -> dict[str, Any]:
    """One answer of user/info; of a stranger no more than who she is."""
    person = people.find(box.store, fan.person_id)
    identity = {"openid": fan.openid, "unionid": person.unionid if person else ""}
    if not fan.follows:
        return {"subscribe": 0, **identity}
    tag_ids = people.tags_of(box.store, fan.openid)
    return {
        "subscribe": 1,
        **identity,
        **NO_PROFILE,
        "language": "zh_CN",
        "subscribe_time": (fan.followed_ms or 0) // 1000,
        "remark": fan.remark,
        "groupid": tag_ids[0] if tag_ids else 0,
        "tagid_list": tag_ids,
        **_origin(fan.scene),
    }


def _origin(scene: str) -> dict[str, Any]:
    if not scene:
        return {"subscribe_scene": "ADD_SCENE_SEARCH", "qr_scene": 0, "qr_scene_str": ""}
    number = int(scene) if scene.isdecimal() else 0
    text = "" if scene.isdecimal() else scene
    return {"subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": number, "qr_scene_str": text}


@bp.post("/cgi-bin/user/info/updateremark")
def update_remark() -> dict[str, Any]:
    """A note of the account on a follower, below 30 characters."""
    account = service_caller()
    asked = body()
    fan = fan_of(account, asked.get("openid"))
    remark = asked.get("remark", "")
    if not fan.follows:
        raise WeChatRefusal(40003)
    if not isinstance(remark, str) or len(remark) >= REMARK_BELOW:
        raise WeChatRefusal(40035)  # the pages name no code for this one
    the_box().store.write("UPDATE fans SET remark = ? WHERE openid = ?", remark, fan.openid)
    return {"errcode": 0, "errmsg": "ok"}


COUNTED = "SELECT count(*) FROM fans WHERE appid = ? AND follows"
PAGE = """
SELECT openid FROM fans WHERE appid = ? AND follows AND rowid > ? ORDER BY rowid LIMIT ?"""


@bp.get("/cgi-bin/user/get")
def list_followers() -> dict[str, Any]:
    """A page of followers after `next_openid`; the last page is the one with count 0."""
    account = service_caller()
    box = the_box()
    after = place_of(box, account, request.args.get("next_openid", ""))
    rows = box.store.rows(PAGE, account.appid, after, limit(box.store, "openids_per_page"))
    total = box.store.value(COUNTED, account.appid)
    return {"total": total, **page([row["openid"] for row in rows])}


def place_of(box: Box, account: Account, openid: Any) -> int:
    """Where a page begins; an openid that is not this account's is refused."""
    if not openid:
        return 0
    statement = "SELECT rowid FROM fans WHERE appid = ? AND openid = ?"
    found: int | None = box.store.value(statement, account.appid, str(openid))
    if found is None:
        raise WeChatRefusal(40003)
    return found


def page(openids: list[str]) -> dict[str, Any]:
    """A page as WeChat shapes it: an empty one has no data."""
    if not openids:
        return {"count": 0, "next_openid": ""}
    return {"count": len(openids), "data": {"openid": openids}, "next_openid": openids[-1]}
