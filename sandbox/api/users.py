"""/cgi-bin/user/info: what is left of a fan's profile."""

from typing import Any

from flask import request

from sandbox import people
from sandbox.api.blueprint import bp
from sandbox.api.calls import fan_of, service_caller
from sandbox.box import the_box

NO_PROFILE = {
    "nickname": "", "sex": 0, "city": "", "province": "", "country": "", "headimgurl": "",
}  # fmt: skip


@bp.get("/cgi-bin/user/info")
def info() -> dict[str, Any]:
    """Follows or not, since when, by which code; nickname and region stay empty."""
    account = service_caller()
    fan = fan_of(account, request.args.get("openid"))
    person = people.find(the_box().store, fan.person_id)
    identity = {"openid": fan.openid, "unionid": person.unionid if person else ""}
    if not fan.follows:
        return {"subscribe": 0, **identity}
    return {
        "subscribe": 1,
        **identity,
        **NO_PROFILE,
        "language": "zh_CN",
        "subscribe_time": (fan.followed_ms or 0) // 1000,
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        **_origin(fan.scene),
    }


def _origin(scene: str) -> dict[str, Any]:
    if not scene:
        return {"subscribe_scene": "ADD_SCENE_SEARCH", "qr_scene": 0, "qr_scene_str": ""}
    number = int(scene) if scene.isdecimal() else 0
    text = "" if scene.isdecimal() else scene
    return {"subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": number, "qr_scene_str": text}
