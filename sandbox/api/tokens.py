"""/cgi-bin/stable_token: the same token while it lives; /cgi-bin/token: a new one each time."""

import secrets
import sqlite3
from typing import Any

from flask import request

from sandbox.api.blueprint import bp, note_call
from sandbox.api.calls import admit, body, known_account
from sandbox.api.errors import WeChatRefusal
from sandbox.box import Box, the_box
from sandbox.rules import (
    DAY_MS,
    FORCED_A_DAY,
    OVERLAP_MS,
    TOKEN_MS,
    Token,
    is_reusable,
    may_force,
)

ADD = """
INSERT INTO tokens (token, appid, issued_ms, expires_ms, forced, is_stable)
VALUES (?, ?, ?, ?, ?, ?)"""


@bp.post("/cgi-bin/stable_token")
def stable_token() -> dict[str, Any]:
    """Give the account's token; `force_refresh` kills the old one."""
    asked = body()
    if asked.get("grant_type") != "client_credential":
        raise WeChatRefusal(40002)
    account = known_account(asked.get("appid"), asked.get("secret"))
    admit(account)
    box = the_box()
    forced = bool(asked.get("force_refresh", False))
    token = choose(box, account.appid, forced)
    left_ms = token.expires_ms - box.clock.now_ms()
    return {"access_token": token.token, "expires_in": left_ms // 1000}


@bp.get("/cgi-bin/token")
def plain_token() -> dict[str, Any]:
    """A new token; the one before it works five minutes more. Stable tokens are not touched."""
    asked = request.args
    if asked.get("grant_type") != "client_credential":
        raise WeChatRefusal(40002)
    account = known_account(asked.get("appid"), asked.get("secret"))
    admit(account)
    box = the_box()
    now_ms = box.clock.now_ms()
    retire = (
        "UPDATE tokens SET replaced_ms = ? WHERE appid = ? AND NOT is_stable "
        "AND replaced_ms IS NULL"
    )
    token = _new_token(now_ms)
    with box.store.writing() as connection:
        connection.execute(retire, (now_ms + OVERLAP_MS, account.appid))
        connection.execute(
            ADD, (token.token, account.appid, now_ms, token.expires_ms, False, False)
        )
    return {"access_token": token.token, "expires_in": TOKEN_MS // 1000}


def choose(box: Box, appid: str, forced: bool) -> Token:
    """The living token, or a new one where the rules ask for it."""
    now_ms = box.clock.now_ms()
    token = latest(box, appid)
    if forced and may_force(token, now_ms):
        _count_forced(box, appid, now_ms)
        return _issue(box, appid, now_ms, forced=True)
    if token is not None and is_reusable(token, now_ms):
        note_call(detail="same token")
        return token
    return _issue(box, appid, now_ms, forced=False)


def latest(box: Box, appid: str) -> Token | None:
    """The token issued last, living or not."""
    row = box.store.row(
        "SELECT token, issued_ms, expires_ms FROM tokens WHERE appid = ? "
        "AND is_stable ORDER BY issued_ms DESC, rowid DESC LIMIT 1",
        appid,
    )
    return Token(**dict(row)) if row else None


def _count_forced(box: Box, appid: str, now_ms: int) -> None:
    counted = "SELECT count(*) FROM tokens WHERE appid = ? AND forced AND issued_ms > ?"
    if box.store.value(counted, appid, now_ms - DAY_MS) >= FORCED_A_DAY:
        raise WeChatRefusal(45009)


def _issue(box: Box, appid: str, now_ms: int, forced: bool) -> Token:
    token = _new_token(now_ms)
    replace = (
        "UPDATE tokens SET replaced_ms = ? WHERE appid = ? AND is_stable AND replaced_ms IS NULL"
    )
    with box.store.writing() as connection:
        if forced:
            connection.execute(replace, (now_ms, appid))
        _add(connection, appid, token, forced=forced, stable=True)
    return token


def _add(
    connection: sqlite3.Connection, appid: str, token: Token, forced: bool, stable: bool
) -> None:
    row = (token.token, appid, token.issued_ms, token.expires_ms, forced, stable)
    connection.execute(ADD, row)


def _new_token(now_ms: int) -> Token:
    return Token("T_" + secrets.token_urlsafe(96), now_ms, now_ms + TOKEN_MS)
