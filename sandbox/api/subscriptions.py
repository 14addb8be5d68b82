"""/cgi-bin/message/subscribe/*: one acceptance, one message; 43101 when there is none."""

import sqlite3
from collections.abc import Callable
from typing import Any

from sandbox.accounts import Account
from sandbox.api.blueprint import bp, note_call
from sandbox.api.calls import body, mini_program_caller, service_caller
from sandbox.api.tags import OK
from sandbox.box import the_box
from sandbox.sending import receipts, subscriptions
from sandbox.sending.orders import Taken

Take = Callable[[sqlite3.Connection, Account, dict[str, Any], int], Taken]


def _send(account: Account, take: Take) -> Taken:
    asked = body()
    box = the_box()
    with box.store.writing() as connection:
        taken = take(connection, account, asked, box.clock.now_ms())
        receipts.keep(connection, taken)
    note_call(person_id=taken.person_id)
    receipts.send(box, taken)
    return taken


@bp.post("/cgi-bin/message/subscribe/bizsend")
def send_to_subscriber() -> dict[str, Any]:
    """A service account's subscription notice (订阅通知); the answer has no msgid."""
    _send(service_caller(), subscriptions.take)
    return OK


@bp.post("/cgi-bin/message/subscribe/send")
def send_from_mini_program() -> dict[str, Any]:
    """A mini-program's subscription message."""
    return {**OK, "msgid": _send(mini_program_caller(), subscriptions.take).msg_id}


@bp.post("/cgi-bin/message/template/subscribe")
def send_once() -> dict[str, Any]:
    """The older one-time subscription (一次性订阅), which works for strangers too."""
    _send(service_caller(), subscriptions.take_once)
    return OK
