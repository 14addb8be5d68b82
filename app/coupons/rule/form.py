"""A rule as JSON, version 1. Unknown fields are refused; an error names its field.

{"version": 1, "gives": {"kind": "amount", "off_fen": 3000}, "min_spend_fen": 19900,
 "goods": {"only": [{"category": "护肤"}], "except": [{"sku": "A1"}]}, "store_ids": [3, 7],
 "weekdays": [6, 7], "hours": [{"from": "10:00", "until": "14:00"}], "tier_ids": [2],
 "is_first_purchase": false, "validity": {"days": 30},
 "stacking": {"group": "满减", "with_points": false}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_dump, post_load, validates_schema
from marshmallow.validate import Equal, Length, Range

from app.coupons.rule import terms
from app.coupons.rule.gives import GivesField

VERSION = 1
WORD = Length(min=1, max=64)
MOST = Length(max=500)
HOUR = "%H:%M"


class SelectorSchema(Schema):
    """At least one of the three."""

    sku = fields.String(validate=WORD)
    category = fields.String(validate=WORD)
    brand = fields.String(validate=WORD)

    @validates_schema
    def _says_something(self, data: Mapping[str, Any], **_: Any) -> None:
        if not data:
            raise ValidationError("Name a sku, a category or a brand.")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> terms.Selector:
        return terms.Selector(**data)


class GoodsSchema(Schema):
    """One of `only`, none of `except`."""

    only_ = fields.List(
        fields.Nested(SelectorSchema), data_key="only", attribute="only", validate=MOST
    )
    except_ = fields.List(fields.Nested(SelectorSchema), data_key="except", validate=MOST)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> terms.Goods:
        return terms.Goods(**{name: tuple(listed) for name, listed in data.items()})


class HoursSchema(Schema):
    """Hours within one day; a night is two of them. Without `until`: to midnight."""

    from_ = fields.Time(HOUR, required=True, data_key="from")
    until = fields.Time(HOUR)

    @validates_schema
    def _in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        if "until" in data and data["until"] <= data["from_"]:
            raise ValidationError("Must be later than `from`.", "until")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> terms.Hours:
        return terms.Hours(**data)


class ValiditySchema(Schema):
    """Either `days` (and `wait_days`) after the claim, or `first` and `last` day."""

    days = fields.Integer(strict=True, validate=Range(1, 3650))
    wait_days = fields.Integer(strict=True, validate=Range(0, 365))
    first = fields.Date()
    last = fields.Date()

    @validates_schema
    def _one_of_two(self, data: Mapping[str, Any], **_: Any) -> None:
        names = set(data)
        if names not in ({"days"}, {"days", "wait_days"}, {"first", "last"}):
            raise ValidationError("Give `days` (and `wait_days`), or `first` and `last`.")
        if "last" in data and data["last"] < data["first"]:
            raise ValidationError("Must not be before `first`.", "last")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> terms.AfterClaim | terms.BetweenDays:
        return terms.AfterClaim(**data) if "days" in data else terms.BetweenDays(**data)


class StackingSchema(Schema):
    """With what the coupon goes together."""

    group = fields.String(validate=WORD)
    is_alone = fields.Boolean(truthy={True}, falsy={False})
    order = fields.Integer(strict=True, validate=Range(0, 999))
    with_tier_price = fields.Boolean(truthy={True}, falsy={False})
    with_points = fields.Boolean(truthy={True}, falsy={False})

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> terms.Stacking:
        return terms.Stacking(**data)


def _ids() -> fields.List[int]:
    return fields.List(fields.Integer(strict=True, validate=Range(1)), validate=MOST)


class RuleSchema(Schema):
    """The whole rule; what is left out asks nothing."""

    version = fields.Integer(required=True, strict=True, validate=Equal(VERSION))
    gives = GivesField(required=True)
    validity = fields.Nested(ValiditySchema, required=True)
    min_spend_fen = fields.Integer(strict=True, validate=Range(0, 100_000_000))
    goods = fields.Nested(GoodsSchema)
    store_ids = _ids()
    weekdays = fields.List(fields.Integer(strict=True, validate=Range(1, 7)), validate=MOST)
    hours = fields.List(fields.Nested(HoursSchema), validate=MOST)
    tier_ids = _ids()
    is_first_purchase = fields.Boolean(truthy={True}, falsy={False})
    stacking = fields.Nested(StackingSchema)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> terms.Rule:
        del data["version"]
        for name in ("store_ids", "weekdays", "tier_ids"):
            data[name] = frozenset(data.get(name, ()))
        return terms.Rule(**data | {"hours": tuple(data.get("hours", ()))})

    @post_dump
    def _plain(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The shortest form: sorted, without what asks nothing."""
        whole = {"version": VERSION} | {name: _bare(value) for name, value in data.items()}
        return {name: value for name, value in whole.items() if value or name == "version"}


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _bare(part) for name, part in value.items() if part not in (None, [])}
    if isinstance(value, list) and all(isinstance(part, int) for part in value):
        return sorted(value)
    return [_bare(part) for part in value] if isinstance(value, list) else value


def read(stored: Mapping[str, Any]) -> terms.Rule:
    """The rule that this JSON says. Raises ValidationError, which names each wrong field."""
    rule: terms.Rule = RuleSchema().load(stored)
    return rule


def stored(kept: Mapping[str, Any]) -> terms.Rule:
    """A rule from a row, checked when it was written; equal ones are read once a process."""
    return _read_text(json.dumps(kept, sort_keys=True))


@lru_cache(maxsize=2048)
def _read_text(text: str) -> terms.Rule:
    return read(json.loads(text))


def write(rule: terms.Rule) -> dict[str, Any]:
    """The rule as JSON; `read` gives the same rule back."""
    written: dict[str, Any] = RuleSchema().dump(rule)
    return written
