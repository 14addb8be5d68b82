"""/cgi-bin/gettoken and /cgi-bin/auth/getuserinfo: WeCom says which member looks at a page."""

import hashlib
from typing import Any

from flask import request

from sandbox import corps
from sandbox.api.blueprint import bp, note_call
from sandbox.api.errors import WeChatRefusal
from sandbox.api.login import spend
from sandbox.api.tokens import choose
from sandbox.box import the_box
from sandbox.corps import Corp

GOOD = {"errcode": 0, "errmsg": "ok"}


@bp.get("/cgi-bin/gettoken")
def corp_token() -> dict[str, Any]:
    """The corp's token; asked again while it lives, the same one comes."""
    asked, box = request.args, the_box()
    if not asked.get("corpid"):
        raise WeChatRefusal(41002)
    if not asked.get("corpsecret"):
        raise WeChatRefusal(41004)
    corp = corps.find(box.store, asked["corpid"])
    if corp is None:
        raise WeChatRefusal(40013)
    note_call(appid=corp.corpid)
    if corp.secret != asked["corpsecret"]:
        raise WeChatRefusal(40001)
    token = choose(box, corp.corpid, forced=False)
    left_ms = token.expires_ms - box.clock.now_ms()
    return {**GOOD, "access_token": token.token, "expires_in": left_ms // 1000}


@bp.get("/cgi-bin/auth/getuserinfo")
def corp_member() -> dict[str, Any]:
    """Exchange a code, once and within five minutes: a userid, or an openid for an outsider."""
    box, corp = the_box(), corp_caller()
    spent = spend(box, request.args.get("code"), "corp", corp.corpid, used_is=40029)
    userid = corps.userid_of(box.store, corp.corpid, spent["person_id"])
    if userid is not None:
        return {**GOOD, "userid": userid}
    outsider = hashlib.sha256(f"{corp.corpid}\0{spent['person_id']}".encode()).hexdigest()
    return {**GOOD, "openid": "o" + outsider[:27]}


def corp_caller() -> Corp:
    """The corp whose access token came with the call."""
    token, box = request.args.get("access_token", ""), the_box()
    if not token:
        raise WeChatRefusal(41001)
    row = box.store.row("SELECT appid, expires_ms FROM tokens WHERE token = ?", token)
    corp = corps.find(box.store, row["appid"]) if row else None
    if row is None or corp is None:
        raise WeChatRefusal(40014)
    note_call(appid=corp.corpid)
    if row["expires_ms"] <= box.clock.now_ms():
        raise WeChatRefusal(42001)
    return corp
