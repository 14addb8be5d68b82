"""/cgi-bin/qrcode/create and /cgi-bin/showqrcode."""

import io
import secrets
from dataclasses import dataclass
from typing import Any

import segno
from flask import Response, request

from sandbox.api.blueprint import bp, note_call
from sandbox.api.calls import body, service_caller
from sandbox.api.errors import WeChatRefusal
from sandbox.box import Box, the_box
from sandbox.limits import limit

HIGHEST_PERMANENT_ID = 100_000
THIRTY_DAYS = 2_592_000
TEMPORARY = ("QR_SCENE", "QR_STR_SCENE")
PERMANENT = ("QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE")


@dataclass(frozen=True)
class Wanted:
    """A code as it was asked for."""

    action: str
    scene: str
    seconds: int | None


@bp.post("/cgi-bin/qrcode/create")
def create() -> dict[str, Any]:
    """A ticket for a scene; a permanent scene keeps its ticket."""
    account = service_caller()
    wanted = read(body())
    box = the_box()
    note_call(key=wanted.scene)
    kept = _kept(box, account.appid, wanted)
    if kept:
        return {"ticket": kept["ticket"], "url": kept["url"]}
    _within_limit(box, account.appid, wanted)
    return _issue(box, account.appid, wanted)


def read(asked: dict[str, Any]) -> Wanted:
    """Check the request; a scene put one level too high silently becomes 0, as on WeChat."""
    action, info = asked.get("action_name"), asked.get("action_info")
    if action not in TEMPORARY + PERMANENT or not isinstance(info, dict):
        raise WeChatRefusal(40053)
    scene = _scene(action, info.get("scene"))
    if action in PERMANENT:
        return Wanted(action, scene, None)
    seconds = asked.get("expire_seconds", 30)
    if not isinstance(seconds, int) or not 0 < seconds <= THIRTY_DAYS:
        raise WeChatRefusal(40053)
    return Wanted(action, scene, seconds)


def _scene(action: str, given: Any) -> str:
    if not isinstance(given, dict):
        return "0"
    if "STR" in action:
        text = given.get("scene_str")
        if not isinstance(text, str) or not 1 <= len(text) <= 64:
            raise WeChatRefusal(40053)
        return text
    number = given.get("scene_id")
    highest = HIGHEST_PERMANENT_ID if action in PERMANENT else 2**32 - 1
    if not isinstance(number, int) or not 1 <= number <= highest:
        raise WeChatRefusal(40053)
    return str(number)


def _kept(box: Box, appid: str, wanted: Wanted) -> Any:
    statement = "SELECT ticket, url FROM codes WHERE appid = ? AND scene = ? AND action = ?"
    if wanted.seconds is not None:
        return None
    return box.store.row(statement, appid, wanted.scene, wanted.action)


def _within_limit(box: Box, appid: str, wanted: Wanted) -> None:
    counted = "SELECT count(*) FROM codes WHERE appid = ? AND expires_ms IS NULL"
    most = limit(box.store, "permanent_codes")
    if wanted.seconds is None and box.store.value(counted, appid) >= most:
        raise WeChatRefusal(45029)


def _issue(box: Box, appid: str, wanted: Wanted) -> dict[str, Any]:
    ticket = "gQ" + secrets.token_urlsafe(60) + "=="
    url = "http://weixin.qq.com/q/" + secrets.token_urlsafe(16)
    expires_ms = None
    if wanted.seconds is not None:
        expires_ms = box.clock.now_ms() + wanted.seconds * 1000
    statement = (
        "INSERT INTO codes (ticket, appid, action, scene, url, expires_ms) "
        "VALUES (?, ?, ?, ?, ?, ?)"
    )
    box.store.write(statement, ticket, appid, wanted.action, wanted.scene, url, expires_ms)
    issued: dict[str, Any] = {"ticket": ticket, "url": url}
    return issued if wanted.seconds is None else {**issued, "expire_seconds": wanted.seconds}


@bp.get("/cgi-bin/showqrcode")
def show() -> Response:
    """The picture of a ticket's code; an unknown ticket has none."""
    statement = "SELECT url FROM codes WHERE ticket = ?"
    url = the_box().store.value(statement, request.args.get("ticket", ""))
    if url is None:
        return Response(status=404)
    picture = io.BytesIO()
    segno.make(url, error="m").save(picture, kind="png", scale=10, border=4)
    return Response(picture.getvalue(), mimetype="image/png")
