"""Kinds of fields that every till's call has: money, moments, numbers of receipts and goods."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apiflask.fields import AwareDateTime, Integer, String
from apiflask.validators import Length, Range, Regexp

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MOST_FEN, MOST_UNITS, MOST_POINTS = 10**10, 10**6, 10**9
MOST_LINE_NO, BIGINT = 32_767, 2**63 - 1
WORD = Regexp(r"^[!-.0-~]{1,32}$", error="1 到 32 个可见字符，不含空格和 /")
KEY = Regexp(r"^[!-.0-~]{1,64}$", error="1 到 64 个可见字符，不含空格和 /")


def fen(*, least: int = 0, **given: Any) -> Integer:
    """Money in fen."""
    return Integer(strict=True, validate=Range(min=least, max=MOST_FEN), **given)


def moment(what: str, **given: Any) -> AwareDateTime:
    """A moment with its offset."""
    return AwareDateTime(
        format="iso",
        validate=Range(min=EARLIEST, error="时间早于 2000 年"),
        metadata={"description": f"{what}, with its offset"},
        **given,
    )


def word(what: str, **given: Any) -> String:
    """A receipt's number, or a SKU: signs that also fit an address."""
    return String(validate=WORD, metadata={"description": what}, **given)


def key(what: str, **given: Any) -> String:
    """The till's own name for something."""
    return String(validate=KEY, metadata={"description": what}, **given)


def store() -> String:
    """Which store; a till's own key knows it."""
    return String(
        load_default=None,
        validate=Length(min=1, max=32),
        metadata={"description": "The store's code; a key that is of one store needs none"},
    )


def guide() -> String:
    """Who sold it."""
    return String(
        load_default=None,
        validate=Length(min=1, max=64),
        metadata={"description": "The login of the guide who sold it"},
    )
