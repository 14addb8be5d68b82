"""/sns/jscode2session and /wxa/business/getuserphonenumber."""

import base64
import secrets
import sqlite3
from typing import Any

from flask import request

from sandbox import people
from sandbox.api.blueprint import bp, note_call
from sandbox.api.calls import body, known_account, mini_program_caller
from sandbox.api.errors import WeChatRefusal
from sandbox.box import Box, the_box


@bp.get("/sns/jscode2session")
def code_to_session() -> dict[str, Any]:
    """Exchange a login code, once; no errcode when it worked."""
    asked = request.args
    account = known_account(asked.get("appid"), asked.get("secret"))
    if asked.get("grant_type") != "authorization_code":
        raise WeChatRefusal(40002)
    box = the_box()
    spent = spend(box, asked.get("js_code"), "login", account.appid, used_is=40163)
    fan = people.fan_of(box.store, spent["person_id"], account.appid)
    person = people.find(box.store, spent["person_id"])
    if fan is None or person is None:
        raise WeChatRefusal(40029)
    session_key = new_session(box, fan.openid)
    return {"openid": fan.openid, "session_key": session_key, "unionid": person.unionid}


def new_session(box: Box, openid: str) -> str:
    """A session key that takes the old one's place."""
    session_key = base64.b64encode(secrets.token_bytes(16)).decode()
    keep = "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)"
    box.store.write(keep, openid, session_key, box.clock.now_ms())
    return session_key


@bp.post("/wxa/business/getuserphonenumber")
def phone_number() -> dict[str, Any]:
    """Exchange a phone code, once; a given openid must be its owner's."""
    account = mini_program_caller()
    asked = body()
    box = the_box()
    spent = spend(box, asked.get("code"), "phone", account.appid, used_is=40029)
    fan = people.fan_of(box.store, spent["person_id"], account.appid)
    if asked.get("openid") and (fan is None or fan.openid != asked["openid"]):
        raise WeChatRefusal(40029)
    stamp = box.clock.now_ms() // 1000
    watermark = {"timestamp": stamp, "appid": account.appid}
    return {"errcode": 0, "errmsg": "ok", "phone_info": _phone_info(spent["phone"], watermark)}


def _phone_info(phone: str, watermark: dict[str, Any]) -> dict[str, Any]:
    return {
        "phoneNumber": phone,
        "purePhoneNumber": phone,
        "countryCode": "86",
        "watermark": watermark,
    }


def spend(
    box: Box, code: Any, kind: str, appid: str, used_is: int, expired_is: int = 40029
) -> sqlite3.Row:
    """Use a code up. Bad and foreign ones are 40029; `used_is` names a second use."""
    if not code:
        raise WeChatRefusal(41008)
    with box.store.writing() as connection:
        statement = "SELECT * FROM grants WHERE code = ? AND kind = ? AND appid = ?"
        row: sqlite3.Row | None = connection.execute(statement, (code, kind, appid)).fetchone()
        if row is None:
            raise WeChatRefusal(40029)
        note_call(person_id=row["person_id"])
        if row["expires_ms"] <= box.clock.now_ms():
            raise WeChatRefusal(expired_is)
        if row["used"]:
            raise WeChatRefusal(used_is)
        connection.execute("UPDATE grants SET used = 1 WHERE code = ?", (code,))
    return row
