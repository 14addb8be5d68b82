"""The menu under a service account's conversation: one for all, and some for a tag's fans.

A phone shows a change within five minutes, or at once after following anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.wechat.calling import call, given
from app.wechat.endpoints import (
    ADD_CONDITIONAL_MENU,
    CREATE_MENU,
    DELETE_CONDITIONAL_MENU,
    DELETE_MENU,
    MENU,
    TRY_MENU,
    check_list,
)
from app.wechat.http import Answer

Button = dict[str, Any]  # as WeChat writes it: type, name, key or url, sub_button


def create_menu(account_id: int, buttons: Sequence[Button]) -> None:
    """Replace the menu that all see; one to three buttons, five below each."""
    check_list(CREATE_MENU, len(buttons))
    call(account_id, CREATE_MENU, body={"button": list(buttons)})


def menu(account_id: int) -> Answer:
    """The menus as they stand; WeChatError 46003 when there is none."""
    return call(account_id, MENU)


def delete_menu(account_id: int) -> None:
    """Take down the menu, and with it every conditional one."""
    call(account_id, DELETE_MENU)


def add_conditional_menu(account_id: int, buttons: Sequence[Button], tag_id: int) -> str:
    """A menu for a tag's fans alone; answers its id. Needs the menu for all (65303).

    WeChat matches the newest first, and a fan by the tag she was given last.
    """
    check_list(ADD_CONDITIONAL_MENU, len(buttons))
    body = {"button": list(buttons), "matchrule": {"tag_id": str(tag_id)}}
    menu_id = call(account_id, ADD_CONDITIONAL_MENU, body=body).get("menuid")
    return given({"menuid": str(menu_id) if menu_id else None}, "menuid", str)


def delete_conditional_menu(account_id: int, menu_id: str) -> None:
    """Take one conditional menu down."""
    call(account_id, DELETE_CONDITIONAL_MENU, body={"menuid": menu_id})


def menu_seen_by(account_id: int, openid: str) -> Answer:
    """Which buttons this fan sees."""
    return call(account_id, TRY_MENU, body={"user_id": openid})
