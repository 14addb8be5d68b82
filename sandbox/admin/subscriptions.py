"""Templates as WeChat's console holds them, and people who accept or refuse messages."""

from typing import Any

from sandbox import acts, people
from sandbox.accounts import Account
from sandbox.admin.acts import answer
from sandbox.admin.blueprint import (
    CannotDo,
    body,
    bp,
    number,
    text,
    the_account,
    the_fan,
    the_person,
)
from sandbox.box import the_box
from sandbox.people import Fan
from sandbox.sending import receipts, subscriptions, templates
from sandbox.sending.subscriptions import ACCEPT, REJECT


def _known(appid: str) -> Account:
    return the_account({"appid": appid})


@bp.put("/accounts/<appid>/templates/<template_id>")
def put_template(appid: str, template_id: str) -> dict[str, Any]:
    """{kind: template | subscribe | once, title, content with {{name.DATA}} places}."""
    account, given = _known(appid), body()
    kind = given.get("kind", templates.TEMPLATE)
    if kind not in templates.KINDS:
        raise CannotDo(f"kind: one of {', '.join(templates.KINDS)}")
    content = str(given.get("content") or "")
    template = templates.Template(
        template_id, kind, text({"title": kind, **given}, "title"), content
    )
    with the_box().store.writing() as connection:
        templates.save(connection, account.appid, template)
    return {"template_id": template_id, "arguments": template.names}


@bp.delete("/accounts/<appid>/templates")
def delete_templates(appid: str) -> dict[str, Any]:
    """The account has no templates any more."""
    the_box().store.write("DELETE FROM templates WHERE appid = ?", _known(appid).appid)
    return {"templates": 0}


@bp.post("/people/<person_id>/subscribe")
def post_subscribe(person_id: str) -> dict[str, Any]:
    """Answer a pop-up: {appid, choices: {template_id: accept | reject}, popup_scene?}."""
    given = body()
    account, fan, choices = _asked(person_id, given)
    with the_box().store.writing() as connection:
        for template_id, choice in choices.items():
            if choice == ACCEPT:
                subscriptions.grant(connection, fan.openid, template_id)
    rows = subscriptions.popup_rows(account, choices, str(given.get("popup_scene") or ""))
    return _told(account, fan, subscriptions.POPUP, rows, given)


@bp.post("/people/<person_id>/unsubscribe")
def post_unsubscribe(person_id: str) -> dict[str, Any]:
    """Switch templates off in the settings: {appid, choices: {template_id: reject}}.

    Switching one on again earns no message and is not told, as on WeChat.
    """
    given = body()
    account, fan, choices = _asked(person_id, given)
    rejected = [name for name, choice in choices.items() if choice == REJECT]
    with the_box().store.writing() as connection:
        for template_id in rejected:
            subscriptions.take_back(connection, fan.openid, template_id)
    if not rejected:
        return {"event_id": None}
    rows = [{"TemplateId": one, "SubscribeStatusString": REJECT} for one in rejected]
    return _told(account, fan, subscriptions.CHANGE, rows, given)


@bp.post("/people/<person_id>/subscribe-once")
def post_subscribe_once(person_id: str) -> dict[str, Any]:
    """Confirm a one-time subscription: {appid, template_id, scene}; the answer is what WeChat
    adds to the redirect."""
    given = body()
    fan = the_fan(the_person(person_id), the_account(given))
    template_id, scene = text(given, "template_id"), str(given.get("scene", ""))
    with the_box().store.writing() as connection:
        subscriptions.grant(connection, fan.openid, template_id, scene)
    asked = {"openid": fan.openid, "template_id": template_id, "scene": scene}
    return {**asked, "action": "confirm", "reserved": str(given.get("reserved") or "")}


@bp.get("/people/<person_id>/subscriptions")
def get_subscriptions(person_id: str) -> dict[str, Any]:
    """The balances, by account and template."""
    reader = the_box().store.reader()
    fans = people.fans_of(the_box().store, the_person(person_id).person_id)
    return {fan.appid: subscriptions.balances(reader, fan.openid) for fan in fans}


@bp.post("/template")
def post_template_pace() -> dict[str, Any]:
    """{answer_seconds, receipt_seconds, receipts: true | false}: how template sends behave."""
    given, box = body(), the_box()
    known = receipts.settings(box)
    pace: dict[str, Any] = {
        name: number(given, name, known[name]) for name in ("answer_seconds", "receipt_seconds")
    }
    pace["receipts"] = given.get("receipts", known["receipts"]) is not False
    box.store.set_setting(receipts.SETTING, pace)
    return pace


def _asked(person_id: str, given: dict[str, Any]) -> tuple[Account, Fan, dict[str, str]]:
    choices = given.get("choices")
    if not isinstance(choices, dict) or not set(choices.values()) <= {ACCEPT, REJECT}:
        raise CannotDo("choices: an object of template_id to accept or reject")
    account = the_account(given)
    return account, the_fan(the_person(person_id), account), choices


def _told(
    account: Account, fan: Fan, name: str, rows: list[dict[str, str]], given: dict[str, Any]
) -> dict[str, Any]:
    if not account.callback_url:
        return {"event_id": None}
    box = the_box()
    event = subscriptions.event(account, name, fan.openid, fan.person_id, rows, box.clock.now_ms())
    return answer(acts.dispatch(box, event), given)
