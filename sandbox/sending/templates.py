"""An account's templates, and whether the data of a message fits one."""

import re
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.api.errors import WeChatRefusal

TEMPLATE, SUBSCRIBE, ONCE = "template", "subscribe", "once"
KINDS = (TEMPLATE, SUBSCRIBE, ONCE)
PLACE = re.compile(r"\{\{(\w+)\.DATA\}\}")

# What each kind of argument takes; the pages of the subscription messages name these limits.
FITS: Mapping[str, re.Pattern[str]] = {
    "thing": re.compile(r".{1,20}", re.DOTALL),
    "number": re.compile(r"-?[\d.]{1,32}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"\W{1,5}"),
    "character_string": re.compile(r"[!-~ ]{1,32}"),
    "time": re.compile(r"[^\n]*\d[^\n]*"),
    "date": re.compile(r"[^\n]*\d[^\n]*"),
    "amount": re.compile(r"[^\d\n]?-?[\d,]{1,10}(\.\d+)?元?"),
    "phone_number": re.compile(r"[\d+\-() ]{1,17}"),
    "car_number": re.compile(r".{1,8}"),
    "name": re.compile(r"[一-鿿·]{1,10}|[A-Za-z .'·-]{1,20}"),
    "phrase": re.compile(r"[一-鿿]{1,5}"),
    "const": re.compile(r".{1,20}"),
}
ANY = re.compile(r".+", re.DOTALL)


@dataclass(frozen=True)
class Template:
    """A template of an account; `content` holds its `{{name.DATA}}` places."""

    template_id: str
    kind: str
    title: str
    content: str

    @property
    def names(self) -> list[str]:
        """The arguments that a message must fill."""
        return PLACE.findall(self.content)


def new_id() -> str:
    """An id of WeChat's shape: 43 characters."""
    return secrets.token_urlsafe(32)


def find(connection: sqlite3.Connection, appid: str, template_id: Any) -> Template:
    """The account's template; 40037 when it has none of this id."""
    statement = (
        "SELECT template_id, kind, title, content FROM templates "
        "WHERE appid = ? AND template_id = ?"
    )
    row = connection.execute(statement, (appid, str(template_id or ""))).fetchone()
    if row is None:
        raise WeChatRefusal(40037)
    return Template(*row)


def save(connection: sqlite3.Connection, appid: str, template: Template) -> None:
    """Create or change a template."""
    connection.execute(
        "INSERT OR REPLACE INTO templates (appid, template_id, kind, title, content) "
        "VALUES (?, ?, ?, ?, ?)",
        (appid, template.template_id, template.kind, template.title, template.content),
    )


def check_data(template: Template, data: Any) -> None:
    """47003 names the first argument that is missing or does not fit its kind."""
    if not isinstance(data, dict):
        raise WeChatRefusal(47003, "data is not an object")
    for name in template.names:
        given = data.get(name)
        value = given.get("value") if isinstance(given, dict) else None
        if value is None or value == "":
            raise WeChatRefusal(47003, f"data.{name}.value is empty")
        if not _kind(name).fullmatch(str(value)):
            raise WeChatRefusal(47003, f"data.{name}.value invalid")


def _kind(name: str) -> re.Pattern[str]:
    return FITS.get(name.rstrip("0123456789"), ANY)
