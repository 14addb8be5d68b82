"""/cgi-bin/message/template/send and /cgi-bin/template/*: service notices to followers."""

import sqlite3
from typing import Any

from flask import Response, jsonify

from sandbox.accounts import Account
from sandbox.api.blueprint import bp, note_call
from sandbox.api.calls import body, service_caller
from sandbox.api.errors import WeChatRefusal
from sandbox.api.tags import OK
from sandbox.box import the_box
from sandbox.fates import HOLD
from sandbox.limits import limit
from sandbox.sending import receipts, service_messages, templates
from sandbox.sending.templates import TEMPLATE, Template

SEND = "/cgi-bin/message/template/send"


@bp.post(SEND)
def send_template() -> Response:
    """One message; with a client_msg_id it is sent once within ten minutes."""
    account = service_caller()
    asked = body()
    box = the_box()
    now_ms = box.clock.now_ms()
    with box.store.writing() as connection:
        taken = service_messages.take(connection, account, asked, now_ms)
        receipts.keep(connection, taken)
    note_call(person_id=taken.person_id, key=asked.get("client_msg_id"), repeat=taken.is_repeat)
    receipts.send(box, taken)
    answer = jsonify({**OK, "msgid": taken.msg_id})
    wait = receipts.settings(box)["answer_seconds"]
    if wait:
        answer.headers[HOLD] = str(wait)
    return answer


LISTED = "SELECT * FROM templates WHERE appid = ? AND kind = ? ORDER BY rowid"


@bp.get("/cgi-bin/template/get_all_private_template")
def list_templates() -> dict[str, Any]:
    """The account's templates."""
    rows = the_box().store.rows(LISTED, service_caller().appid, TEMPLATE)
    return {"template_list": [_shown(row) for row in rows]}


def _shown(row: sqlite3.Row) -> dict[str, str]:
    named = {name: row[name] for name in ("template_id", "title", "content")}
    return {**named, "primary_industry": "", "deputy_industry": "", "example": ""}


@bp.post("/cgi-bin/template/api_add_template")
def add_template() -> dict[str, Any]:
    """Take one from WeChat's library; `keyword_name_list` names its arguments."""
    account = service_caller()
    asked = body()
    short = asked.get("template_id_short")
    if not isinstance(short, str) or not short:
        raise WeChatRefusal(40036)
    names = asked.get("keyword_name_list") or ["keyword1"]
    content = "\n".join(f"{{{{{name}.DATA}}}}" for name in names)
    template = Template(templates.new_id(), TEMPLATE, short, content)
    _add(account, template)
    return {**OK, "template_id": template.template_id}


def _add(account: Account, template: Template) -> None:
    store = the_box().store
    most = limit(store, "templates")
    counted = "SELECT count(*) FROM templates WHERE appid = ? AND kind = ?"
    with store.writing() as connection:
        count = connection.execute(counted, (account.appid, TEMPLATE)).fetchone()[0]
        if count >= most:
            raise WeChatRefusal(45026)
        templates.save(connection, account.appid, template)


@bp.post("/cgi-bin/template/del_private_template")
def delete_template() -> dict[str, Any]:
    """A template goes; messages that name it are refused from now on."""
    account = service_caller()
    asked = body()
    with the_box().store.writing() as connection:
        template = templates.find(connection, account.appid, asked.get("template_id"))
        gone = "DELETE FROM templates WHERE appid = ? AND template_id = ?"
        connection.execute(gone, (account.appid, template.template_id))
    return OK
