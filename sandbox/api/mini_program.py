"""/wxa/*: sessions checked, codes and links made, texts judged."""

import hashlib
import hmac
import io
import re
import secrets
import sqlite3
from typing import Any

import segno
from flask import Response, request

from sandbox.accounts import Account
from sandbox.api.blueprint import bp, note_call
from sandbox.api.calls import body, fan_of, mini_program_caller
from sandbox.api.errors import WeChatRefusal
from sandbox.api.login import new_session
from sandbox.api.tags import OK
from sandbox.box import the_box
from sandbox.rules import DAY_MS, HOUR_MS

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
WIDTHS = range(280, 1281)
LINK_DAYS, QUERY_CHARACTERS = 30, 1024
SEEN_WITHIN_MS = 2 * HOUR_MS
CONTENT_CHARACTERS = 2500
RISKY = "特3456书yuuo莞6543李zxcz蒜7782法fgnv级"  # the page's own example of a text that fails


def _session(account: Account, given: Any) -> sqlite3.Row:
    fan = fan_of(account, given.get("openid"))
    row = the_box().store.row("SELECT * FROM sessions WHERE openid = ?", fan.openid)
    expected = hmac.new(row["session_key"].encode(), b"", hashlib.sha256).hexdigest() if row else ""
    if row is None or not hmac.compare_digest(expected, str(given.get("signature") or "")):
        raise WeChatRefusal(87009)
    return row


@bp.get("/wxa/checksession")
def check_session() -> dict[str, Any]:
    """Whether her session key is still the newest."""
    _session(mini_program_caller(), request.args)
    return OK


@bp.route("/wxa/resetusersessionkey", methods=["GET", "POST"])
def reset_session() -> dict[str, Any]:
    """A new session key in the place of the old one."""
    account = mini_program_caller()
    row = _session(account, request.args if request.args.get("openid") else body())
    return {**OK, "openid": row["openid"], "session_key": new_session(the_box(), row["openid"])}


@bp.post("/wxa/getwxacodeunlimit")
def mini_program_code() -> Response:
    """A picture; a refusal is JSON. What a phone reads from it is the sandbox's own address."""
    account = mini_program_caller()
    asked = body()
    scene, page = asked.get("scene"), str(asked.get("page") or "")
    if not isinstance(scene, str) or not SCENE.fullmatch(scene):
        raise WeChatRefusal(40169)
    if page.startswith("/") or "?" in page:
        raise WeChatRefusal(40165)
    if asked.get("check_path", True) and page and account.pages and page not in account.pages:
        raise WeChatRefusal(41030)
    if asked.get("width", 430) not in WIDTHS:
        raise WeChatRefusal(40097)
    note_call(key=scene)
    picture = io.BytesIO()
    target = f"{request.host_url}mp/?scene={scene}#{page}"
    segno.make(target, error="m").save(picture, kind="png", scale=10, border=4)
    return Response(picture.getvalue(), mimetype="image/png")


@bp.post("/wxa/generate_urllink")
def url_link() -> dict[str, Any]:
    """A link that opens the mini-program, for at most thirty days."""
    account = mini_program_caller()
    asked = body()
    path = str(asked.get("path") or "")
    if path and account.pages and path.lstrip("/") not in account.pages:
        raise WeChatRefusal(41030)
    if len(str(asked.get("query") or "")) > QUERY_CHARACTERS:
        raise WeChatRefusal(40097)
    _check_end(asked)
    return {**OK, "url_link": "https://wxaurl.cn/" + secrets.token_urlsafe(8)}


def _check_end(asked: dict[str, Any]) -> None:
    """Thirty days at most; without an end it is thirty days."""
    if asked.get("expire_type", 0) == 1:
        days = asked.get("expire_interval", LINK_DAYS)
        is_right = isinstance(days, int) and 1 <= days <= LINK_DAYS
    else:
        seconds = the_box().clock.now_ms() // 1000
        end = asked.get("expire_time", seconds + 1)
        is_right = isinstance(end, int) and seconds < end <= seconds + LINK_DAYS * DAY_MS // 1000
    if not is_right:
        raise WeChatRefusal(85400)


@bp.post("/wxa/msg_sec_check")
def check_text() -> dict[str, Any]:
    """Judge a text by the page's own example; she must have been here within two hours."""
    account = mini_program_caller()
    asked = body()
    content = asked.get("content")
    if not isinstance(content, str) or not content:
        raise WeChatRefusal(44004)
    if len(content) > CONTENT_CHARACTERS:
        raise WeChatRefusal(45002)
    is_risky = RISKY in content
    if asked.get("version") != 2:  # the first version answers with a code alone
        if is_risky:
            raise WeChatRefusal(87014)
        return OK
    _seen_lately(account, asked)
    verdict = {"suggest": "risky" if is_risky else "pass", "label": 20001 if is_risky else 100}
    detail = [{"strategy": "content_model", "errcode": 0, **verdict, "prob": 90}]
    return {**OK, "result": verdict, "detail": detail, "trace_id": secrets.token_hex(16)}


def _seen_lately(account: Account, asked: dict[str, Any]) -> None:
    if asked.get("scene") not in (1, 2, 3, 4):
        raise WeChatRefusal(40097)
    fan = fan_of(account, asked.get("openid"))
    box = the_box()
    at_ms = box.store.value("SELECT at_ms FROM sessions WHERE openid = ?", fan.openid)
    if at_ms is None or at_ms < box.clock.now_ms() - SEEN_WITHIN_MS:
        raise WeChatRefusal(61010)
