"""The form of a book of earning rules: one block of fields a rule, numbered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from app.core.errors import BadInput
from app.points.earning.form import dump, load
from app.points.earning.rules import Rule, RuleKind

BETWEEN_WORDS = re.compile(r"[、,，\s]+")
YUAN = re.compile(r"\d{1,7}(\.\d{1,2})?")
WORDS = {"categories", "skus"}
NUMBERS = {"weekdays", "store_ids", "tier_ids"}
SINGLES = ("first", "last", "birthday", "act")
EMPTY: Mapping[RuleKind, Mapping[str, Any]] = {
    RuleKind.AMOUNT: {"kind": "amount", "fen": 100, "points": 1},
    RuleKind.BONUS: {"kind": "bonus", "fen": 50_000, "points": 100},
    RuleKind.ACT: {"kind": "act", "act": "joined", "points": 50},
}


@dataclass
class Block:
    """The fields of one rule as they were typed."""

    given: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


@dataclass
class BookForm:
    """All rules as they were typed, with what is wrong by field."""

    blocks: list[Block]
    error: str = ""

    @classmethod
    def of(cls, rules: Sequence[Rule]) -> BookForm:
        """A book as it is."""
        return cls([Block(_shown(raw)) for raw in dump(rules)])

    @classmethod
    def sent(cls, form: MultiDict[str, str]) -> BookForm:
        """From the request."""
        numbers = [number for number in form.getlist("block") if number.isascii()]
        return cls([Block(_typed(form, number)) for number in numbers[:100]])

    def add(self, kind: str) -> None:
        """One more rule of that kind."""
        if kind in list(RuleKind):
            self.blocks.append(Block(_shown(EMPTY[RuleKind(kind)])))

    def remove(self, number: str) -> None:
        """One rule less."""
        if number.isdecimal() and int(number) < len(self.blocks):
            del self.blocks[int(number)]

    def rules(self) -> tuple[Rule, ...] | None:
        """What is meant; None where something is wrong, which stands at its field then."""
        try:
            return load([_raw(block.given) for block in self.blocks])
        except BadInput as refused:
            self.error = refused.detail or "有几处要改，看下面红色的字"
            for number, wrong in refused.extra["fields"].items():
                self.blocks[number].errors = {name: _first(why) for name, why in wrong.items()}
            return None


def _typed(form: MultiDict[str, str], number: str) -> dict[str, Any]:
    given: dict[str, Any] = {
        name: form.get(f"{name}-{number}", "").strip()
        for name in ("kind", "points", "yuan", "per_day", *SINGLES, *WORDS)
    }
    return given | {name: form.getlist(f"{name}-{number}") for name in NUMBERS}


def _shown(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as the fields hold it."""
    given: dict[str, Any] = {name: raw.get(name, "") for name in ("kind", *SINGLES)}
    given |= {"points": str(raw["points"]), "yuan": _yuan(raw.get("fen", 0))}
    given["per_day"] = str(raw.get("per_day", ""))
    given |= {name: "、".join(raw.get(name, ())) for name in WORDS}
    return given | {name: [str(each) for each in raw.get(name, ())] for name in NUMBERS}


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}" if fen % 100 else str(fen // 100)


def _raw(given: Mapping[str, Any]) -> dict[str, Any]:
    """As `load` reads it. What cannot be read goes there as it is, to be refused at its field."""
    raw: dict[str, Any] = {"kind": given["kind"], "points": _number(given["points"])}
    is_act = given["kind"] == RuleKind.ACT
    if not is_act:
        raw["fen"] = _fen(given["yuan"])
    if is_act and given["per_day"]:
        raw["per_day"] = _number(given["per_day"])
    for name in SINGLES:
        if given[name] and (name == "act") <= is_act:
            raw[name] = given[name]
    for name in WORDS:
        if listed := [word for word in BETWEEN_WORDS.split(given[name]) if word]:
            raw[name] = listed
    return raw | {name: [_number(each) for each in given[name]] for name in NUMBERS if given[name]}


def _number(typed: str) -> int | str:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else typed


def _fen(typed: str) -> int | str:
    if not YUAN.fullmatch(typed):
        return typed
    whole, _, part = typed.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0"))


def _first(why: Any) -> str:
    """The first sentence; marshmallow's own are in English and say no more than this."""
    said = why[0] if isinstance(why, list) else ""
    return said if said and not said.isascii() else "这里填得不对"
