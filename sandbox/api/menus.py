"""/cgi-bin/menu/*: the default menu and those that a tag selects."""

from typing import Any

from sandbox import people
from sandbox.api.blueprint import bp
from sandbox.api.calls import body, service_caller
from sandbox.api.errors import WeChatRefusal
from sandbox.api.tags import OK
from sandbox.box import the_box
from sandbox.menus import rules, state


@bp.post("/cgi-bin/menu/create")
def create_menu() -> dict[str, Any]:
    """Put a default menu in the place of the old one."""
    account = service_caller()
    buttons = rules.check(body().get("button"))
    with the_box().store.writing() as connection:
        state.put_default(connection, account.appid, buttons)
    return OK


@bp.get("/cgi-bin/menu/get")
def get_menu() -> dict[str, Any]:
    """The default menu and the conditional ones; 46003 when there is none."""
    found = state.every(the_box().store.reader(), service_caller().appid)
    if not found:
        raise WeChatRefusal(46003)
    conditional = [menu.shown() for menu in found if menu.rule]
    answer: dict[str, Any] = {"menu": found[0].shown()}
    return {**answer, "conditionalmenu": conditional} if conditional else answer


@bp.get("/cgi-bin/get_current_selfmenu_info")
def current_menu() -> dict[str, Any]:
    """The same default menu in the shape of the console."""
    found = state.every(the_box().store.reader(), service_caller().appid)
    buttons = found[0].buttons if found else []
    return {"is_menu_open": int(bool(found)), "selfmenu_info": {"button": buttons}}


@bp.get("/cgi-bin/menu/delete")
def delete_menu() -> dict[str, Any]:
    """The default menu goes, and the conditional ones with it."""
    the_box().store.write("DELETE FROM menus WHERE appid = ?", service_caller().appid)
    return OK


@bp.post("/cgi-bin/menu/addconditional")
def add_conditional() -> dict[str, Any]:
    """A menu for the fans whom its rule fits."""
    account = service_caller()
    asked = body()
    buttons, rule = rules.check(asked.get("button")), rules.check_rule(asked.get("matchrule"))
    with the_box().store.writing() as connection:
        menu_id = state.add_conditional(connection, account.appid, buttons, rule)
    return {"menuid": str(menu_id)}


@bp.post("/cgi-bin/menu/delconditional")
def delete_conditional() -> dict[str, Any]:
    """One conditional menu goes."""
    account = service_caller()
    menu_id = str(body().get("menuid") or "")
    gone = "DELETE FROM menus WHERE appid = ? AND menu_id = ? AND NOT is_default"
    with the_box().store.writing() as connection:
        if not connection.execute(gone, (account.appid, menu_id)).rowcount:
            raise WeChatRefusal(65301)
    return OK


@bp.post("/cgi-bin/menu/trymatch")
def try_match() -> dict[str, Any]:
    """The menu that a fan sees, by her openid."""
    account = service_caller()
    store = the_box().store
    fan = people.fan(store, account.appid, str(body().get("user_id") or ""))
    if fan is None or not fan.follows:
        raise WeChatRefusal(65302)
    tag_ids = people.tags_of(store, fan.openid)
    seen = state.seen_by(store.reader(), account.appid, tag_ids[-1] if tag_ids else None)
    if seen is None:
        raise WeChatRefusal(46003)
    return {"button": seen.buttons}
