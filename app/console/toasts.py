"""What the toast says after an act, and the way back that it offers for ten seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, get_flashed_messages, url_for

PLAIN, UNDO = "message", "undo"
BREAK = "\n"


@dataclass(frozen=True)
class Toast:
    """The words, and where the 撤销 button sends which hidden fields."""

    words: str
    undo: str | None = None
    fields: Sequence[tuple[str, str]] = ()


def offer_undo(words: str, endpoint: str, *, member_id: int, **fields: int) -> None:
    """Say it with a 撤销 that posts these ids to the member's page."""
    offer_undo_at(words, url_for(endpoint, member_id=member_id), **fields)


def offer_undo_at(words: str, address: str, **fields: int) -> None:
    """The same to any address."""
    pairs = [f"{name}={value}" for name, value in fields.items()]
    flash(BREAK.join([words, address, *pairs]), UNDO)


def newest() -> Toast | None:
    """What was said last; all of it is said now."""
    told = get_flashed_messages(with_categories=True)
    if not told:
        return None
    category, said = str(told[-1][0]), str(told[-1][1])
    if category != UNDO:
        return Toast(said)
    words, undo, *pairs = list(said.split(BREAK))
    return Toast(
        words, undo, [(name, value) for name, _, value in (p.partition("=") for p in pairs)]
    )
