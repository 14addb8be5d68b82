"""The menus an account has, and the one that a fan sees."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from sandbox.api.errors import WeChatRefusal
from sandbox.menus import rules

DEFAULT = 0  # the menu without a rule
SHOWN_ON_A_PHONE = "2"  # Android; 1 is iOS


@dataclass(frozen=True)
class Menu:
    """A menu; `rule` is empty for the default one."""

    menu_id: int
    buttons: list[dict[str, Any]]
    rule: dict[str, Any]

    def shown(self) -> dict[str, Any]:
        """As menu/get answers it."""
        rule = {"matchrule": self.rule} if self.rule else {}
        return {"button": self.buttons, **rule, "menuid": self.menu_id}


def every(connection: sqlite3.Connection, appid: str) -> list[Menu]:
    """The default menu first, then the conditional ones, the newest in front."""
    rows = connection.execute(
        "SELECT menu_id, is_default, buttons, rule FROM menus WHERE appid = ? "
        "ORDER BY is_default DESC, menu_id DESC",
        (appid,),
    )
    return [Menu(row[0], json.loads(row[2]), json.loads(row[3])) for row in rows]


def put_default(connection: sqlite3.Connection, appid: str, buttons: list[dict[str, Any]]) -> None:
    """A new default menu takes the old one's place."""
    others = [menu for menu in every(connection, appid) if menu.rule]
    rules.check_hosts([buttons, *(menu.buttons for menu in others)])
    connection.execute("DELETE FROM menus WHERE appid = ? AND is_default", (appid,))
    _insert(connection, appid, buttons, {})


def add_conditional(
    connection: sqlite3.Connection, appid: str, buttons: list[dict[str, Any]], rule: dict[str, Any]
) -> int:
    """One menu more; there must be a default one for those whom no rule fits."""
    known = every(connection, appid)
    if not any(not menu.rule for menu in known):
        raise WeChatRefusal(65303)
    rules.check_hosts([buttons, *(menu.buttons for menu in known)])
    return _insert(connection, appid, buttons, rule)


def _insert(
    connection: sqlite3.Connection, appid: str, buttons: list[dict[str, Any]], rule: dict[str, Any]
) -> int:
    insert = "INSERT INTO menus (appid, is_default, buttons, rule) VALUES (?, ?, ?, ?)"
    packed = [json.dumps(one, ensure_ascii=False) for one in (buttons, rule)]
    return connection.execute(insert, (appid, not rule, *packed)).lastrowid or 0


def seen_by(
    connection: sqlite3.Connection,
    appid: str,
    last_tag: int | None,
    platform: str = SHOWN_ON_A_PHONE,
) -> Menu | None:
    """The newest conditional menu that fits her, else the default one, else none."""
    known = every(connection, appid)
    conditional = [one for one in known if one.rule]
    fitting = [menu for menu in conditional if rules.fits(menu.rule, last_tag, platform)]
    return next(iter(fitting or [menu for menu in known if not menu.rule]), None)
