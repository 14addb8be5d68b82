"""What the address asks for after its `?`, read strictly: what is wrong is named."""

from __future__ import annotations

import re
from collections.abc import Collection

from flask import request

from app.core.errors import BadInput

_NUMBER = re.compile(r"[0-9]{1,18}")


class BadQuery(BadInput):
    """`fields` names the parameter."""

    status, code, title = 400, "bad_query", "地址里的参数不对，回到上一页再点一次"

    def __init__(self, name: str, expected: str) -> None:
        wrong = f"参数 {name} 要{expected}"
        super().__init__(wrong, fields={name: [wrong]})


def number(name: str) -> int | None:
    """A number that fits a bigint; None when it was not asked for. Raises BadQuery."""
    given = request.args.get(name, "")
    if not given:
        return None
    if not _NUMBER.fullmatch(given):
        raise BadQuery(name, "一个整数")
    return int(given)


def one_of(name: str, allowed: Collection[str]) -> str | None:
    """One of the words that there are; None when it was not asked for. Raises BadQuery."""
    given = request.args.get(name, "")
    if not given:
        return None
    if given not in allowed:
        raise BadQuery(name, f"是 {'、'.join(allowed)} 里的一个")
    return given
