"""A book of rules as JSON. Unknown fields are refused; an error names its rule and field.

[{"kind": "amount", "fen": 100, "points": 1},
 {"kind": "amount", "fen": 100, "points": 1, "categories": ["护肤"], "weekdays": [3]},
 {"kind": "bonus", "fen": 50000, "points": 100, "birthday": "month"},
 {"kind": "act", "act": "joined", "points": 50},
 {"kind": "act", "act": "shared", "points": 20, "per_day": 3}]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Length, Range

from app.core.errors import BadInput
from app.points.earning.rules import EVERYTHING, Act, Birthday, Rule, RuleKind, When

MOST_RULES = 30
MOST_POINTS = 1_000_000
MOST_FEN = 100_000_000
MOST_A_DAY = 100
WORD = Length(min=1, max=64)
SETS = ("categories", "skus", "weekdays", "store_ids", "tier_ids")
SINGLES = ("first", "last", "birthday")
NEEDED = "填上"


def _words() -> fields.List[str]:
    return fields.List(fields.String(validate=WORD), validate=Length(max=200))


def _numbers(limit: Range | None = None) -> fields.List[int]:
    number = fields.Integer(strict=True, validate=limit or Range(min=1))
    return fields.List(number, validate=Length(max=500))


class RuleSchema(Schema):
    """One rule."""

    kind = fields.Enum(RuleKind, by_value=True, required=True)
    points = fields.Integer(
        strict=True, required=True, validate=Range(1, MOST_POINTS, error="1 到 1,000,000 分")
    )
    fen = fields.Integer(strict=True, validate=Range(1, MOST_FEN, error="金额要大于 0"))
    act = fields.Enum(Act, by_value=True)
    per_day = fields.Integer(strict=True, validate=Range(1, MOST_A_DAY, error="每天 1 到 100 次"))
    categories = _words()
    skus = _words()
    weekdays = _numbers(Range(1, 7))
    first = fields.Date()
    last = fields.Date()
    store_ids = _numbers()
    tier_ids = _numbers()
    birthday = fields.Enum(Birthday, by_value=True)

    @validates_schema
    def _is_whole(self, data: Mapping[str, Any], **_: Any) -> None:
        kind = data.get("kind")
        if kind in (RuleKind.AMOUNT, RuleKind.BONUS) and "fen" not in data:
            raise ValidationError(NEEDED, "fen")
        if kind is RuleKind.ACT and "act" not in data:
            raise ValidationError(NEEDED, "act")
        if "per_day" in data and data.get("act") is not Act.SHARED:
            raise ValidationError("只有分享可以一天好几次", "per_day")
        if "first" in data and "last" in data and data["last"] < data["first"]:
            raise ValidationError("结束早于开始", "last")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Rule:
        when: dict[str, Any] = {name: frozenset(data.pop(name)) for name in SETS if name in data}
        when |= {name: data.pop(name) for name in SINGLES if name in data}
        return Rule(**data, when=When(**when))


def load(raw: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules that are meant. Raises BadInput; `fields` is by the number of the rule."""
    try:
        rules = RuleSchema(many=True).load(raw)
    except ValidationError as error:
        raise BadInput(fields=error.messages_dict) from None
    if len(rules) > MOST_RULES:
        raise BadInput(f"最多 {MOST_RULES} 条规则", fields={})
    return tuple(rules)


def dump(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """As `load` reads them; what says nothing is left out."""
    return [_dump(rule) for rule in rules]


def _dump(rule: Rule) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": rule.kind.value, "points": rule.points}
    if rule.fen:
        said["fen"] = rule.fen
    if rule.act:
        said["act"] = rule.act.value
    if rule.per_day:
        said["per_day"] = rule.per_day
    for name in SETS:
        if listed := getattr(rule.when, name):
            said[name] = sorted(listed)
    for name in SINGLES:
        if (value := getattr(rule.when, name)) != getattr(EVERYTHING, name):
            said[name] = value.value if isinstance(value, Birthday) else value.isoformat()
    return said
