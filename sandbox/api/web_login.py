"""/sns/oauth2/*, /sns/userinfo and /sns/auth: a web page learns who looks at it."""

import hashlib
import secrets
import sqlite3
from typing import Any

from flask import request

from sandbox import people
from sandbox.api.blueprint import bp, note_call
from sandbox.api.calls import known_account
from sandbox.api.errors import WeChatRefusal
from sandbox.api.login import spend
from sandbox.api.tags import OK
from sandbox.box import Box, the_box
from sandbox.rules import DAY_MS, TOKEN_MS

BASE, USERINFO = "snsapi_base", "snsapi_userinfo"
REFRESH_MS = 30 * DAY_MS
SNAPSHOT_NAME = "微信用户"
NO_PROFILE = {"sex": 0, "language": "", "city": "", "province": "", "country": "", "privilege": []}
KEEP = """
INSERT INTO web_tokens (token, refresh, appid, openid, unionid, person_id, scope, is_snapshot,
  expires_ms, refresh_until_ms)
VALUES (:token, :refresh, :appid, :openid, :unionid, :person_id, :scope, :is_snapshot,
  :expires_ms, :refresh_until_ms)"""


@bp.get("/sns/oauth2/access_token")
def web_access_token() -> dict[str, Any]:
    """Exchange a code, once and within five minutes; a snapshot visitor's identity is virtual."""
    asked = request.args
    account = known_account(asked.get("appid"), asked.get("secret"))
    if asked.get("grant_type") != "authorization_code":
        raise WeChatRefusal(40002)
    box = the_box()
    spent = spend(box, asked.get("code"), "web", account.appid, used_is=40163, expired_is=42003)
    scope, _, how = spent["detail"].partition(" ")
    row = _identity(box, spent, account.appid, is_snapshot=how == "snapshot")
    return _answer(_keep(box, {**row, "scope": scope}))


def _identity(box: Box, spent: sqlite3.Row, appid: str, is_snapshot: bool) -> dict[str, Any]:
    fan = people.fan_of(box.store, spent["person_id"], appid)
    person = people.find(box.store, spent["person_id"])
    if fan is None or person is None:
        raise WeChatRefusal(40029)
    row = {"appid": appid, "person_id": person.person_id, "is_snapshot": is_snapshot}
    if is_snapshot:
        # Everybody who meets the same page gets the same stand-in: this merged real customers.
        stand_in = hashlib.sha256(f"snapshot\0{appid}".encode()).hexdigest()
        return {**row, "openid": "o" + stand_in[:27], "unionid": "o" + stand_in[27:54]}
    return {**row, "openid": fan.openid, "unionid": person.unionid}


def _keep(box: Box, row: dict[str, Any]) -> dict[str, Any]:
    now_ms = box.clock.now_ms()
    row = {
        "refresh": "R_" + secrets.token_urlsafe(48),
        "refresh_until_ms": now_ms + REFRESH_MS,
        **row,
        "token": "W_" + secrets.token_urlsafe(48),
        "expires_ms": now_ms + TOKEN_MS,
    }
    with box.store.writing() as connection:
        connection.execute(KEEP, row)
    return row


def _answer(row: dict[str, Any]) -> dict[str, Any]:
    answer = {
        "access_token": row["token"],
        "expires_in": TOKEN_MS // 1000,
        "refresh_token": row["refresh"],
        "openid": row["openid"],
        "scope": row["scope"],
    }
    if row["scope"] == USERINFO:
        answer["unionid"] = row["unionid"]
    return {**answer, "is_snapshotuser": 1} if row["is_snapshot"] else answer


@bp.get("/sns/oauth2/refresh_token")
def web_refresh_token() -> dict[str, Any]:
    """A new access token for thirty days; the refresh token stays the same."""
    asked = request.args
    if asked.get("grant_type") != "refresh_token":
        raise WeChatRefusal(40002)
    box = the_box()
    statement = (
        "SELECT * FROM web_tokens WHERE refresh = ? AND appid = ? ORDER BY rowid DESC LIMIT 1"
    )
    row = box.store.row(statement, asked.get("refresh_token", ""), asked.get("appid", ""))
    if row is None:
        raise WeChatRefusal(40030)
    if row["refresh_until_ms"] <= box.clock.now_ms():
        raise WeChatRefusal(42002)
    return _answer(_keep(box, dict(row)))


def _web_caller() -> sqlite3.Row:
    token, openid = request.args.get("access_token", ""), request.args.get("openid", "")
    if not token:
        raise WeChatRefusal(41001)
    box = the_box()
    row = box.store.row("SELECT * FROM web_tokens WHERE token = ?", token)
    if row is None:
        raise WeChatRefusal(40001)
    note_call(appid=row["appid"], person_id=row["person_id"])
    if row["expires_ms"] <= box.clock.now_ms():
        raise WeChatRefusal(42001)
    if row["openid"] != openid:
        raise WeChatRefusal(40003)
    return row


@bp.get("/sns/userinfo")
def web_userinfo() -> dict[str, Any]:
    """Nickname and unionid, if she was asked for them; of a snapshot visitor nothing real."""
    row = _web_caller()
    if row["scope"] != USERINFO:
        raise WeChatRefusal(48001)
    person = people.find(the_box().store, row["person_id"])
    nickname = SNAPSHOT_NAME if row["is_snapshot"] or person is None else person.nickname
    identity = {"openid": row["openid"], "nickname": nickname, "headimgurl": ""}
    answer = {**identity, **NO_PROFILE, "unionid": row["unionid"]}
    return {**answer, "is_snapshotuser": 1} if row["is_snapshot"] else answer


@bp.get("/sns/auth")
def web_auth() -> dict[str, Any]:
    """Whether an access token is still good for an openid."""
    _web_caller()
    return OK
