"""Reading a form's fields: each answers what was meant, or None with a sentence at its name."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from app.core import clock

Errors = dict[str, str]


def seal(dumped: object) -> str:
    """The same for the same content: what was tried is what is published."""
    return hashlib.sha256(json.dumps(dumped).encode()).hexdigest()


def words(text: str) -> list[str]:
    """Words parted by commas, spaces or lines."""
    for sign in "，、,\n":
        text = text.replace(sign, " ")
    return text.split()


def ids(text: str) -> frozenset[int]:
    """Numbers parted by commas."""
    return frozenset(int(word) for word in text.split(",") if word.isdecimal())


def whole(text: str, name: str, errors: Errors, said: str, most: int = 99) -> int | None:
    """A whole number of at least one; `said` is the sentence when it is none."""
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= most:
        errors[name] = said
        return None
    return int(text)


def fen(text: str, name: str, errors: Errors) -> int | None:
    """Yuan as fen."""
    if not text:
        return None
    yuan = decimal(text)
    if yuan is None or yuan * 100 % 1 or not 0 <= yuan <= 1_000_000:
        errors[name] = "填金额，比如 199 或 9.90"
        return None
    return int(yuan * 100)


def decimal(text: str) -> Decimal | None:
    """A decimal number; None for anything else."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def day(text: str, name: str, errors: Errors) -> date | None:
    """A day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors[name] = "选一天"
        return None


def moment(text: str, name: str, errors: Errors) -> datetime | None:
    """A minute of the brand's wall clock, as the browser's field writes it."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=clock.SHANGHAI)
    except ValueError:
        errors[name] = "选日期和时间"
        return None
