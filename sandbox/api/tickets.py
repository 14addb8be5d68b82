"""/cgi-bin/ticket/getticket: the JS-SDK's ticket, the same one while it lives."""

import secrets
from typing import Any

from flask import request

from sandbox.api.blueprint import bp
from sandbox.api.calls import service_caller
from sandbox.api.errors import WeChatRefusal
from sandbox.api.tags import OK
from sandbox.box import the_box
from sandbox.rules import OVERLAP_MS, TOKEN_MS

KINDS = ("jsapi", "wx_card")
LATEST = """
SELECT ticket, expires_ms FROM tickets WHERE appid = ? AND kind = ? AND expires_ms > ?"""


@bp.get("/cgi-bin/ticket/getticket")
def get_ticket() -> dict[str, Any]:
    """The account's ticket; in its last five minutes a new one takes its place (assumed)."""
    account = service_caller()
    kind = request.args.get("type", "")
    if kind not in KINDS:
        raise WeChatRefusal(40097)
    box = the_box()
    now_ms = box.clock.now_ms()
    with box.store.writing() as connection:
        key = (account.appid, kind)
        row = connection.execute(LATEST, (*key, now_ms + OVERLAP_MS)).fetchone()
        ticket, expires_ms = row or ("K_" + secrets.token_urlsafe(60), now_ms + TOKEN_MS)
        keep = "INSERT OR REPLACE INTO tickets VALUES (?, ?, ?, ?)"
        connection.execute(keep, (*key, ticket, expires_ms))
    return {**OK, "ticket": ticket, "expires_in": (expires_ms - now_ms) // 1000}
