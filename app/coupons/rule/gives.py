"""What a rule gives, as JSON: `kind`, and the fields of that kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema
from marshmallow.validate import Length, Range

from app.coupons.rule import terms
from app.coupons.rule.terms import KINDS, Gives, Kind, kind_of

WORD = Length(min=1, max=64)
MOST_FEN = 100_000_000


def _fen(least: int, *, required: bool = False) -> fields.Integer:
    return fields.Integer(strict=True, required=required, validate=Range(least, MOST_FEN))


def _quantity() -> fields.Integer:
    return fields.Integer(strict=True, validate=Range(1, 99))


def _word() -> fields.String:
    return fields.String(required=True, validate=WORD)


class AmountSchema(Schema):
    """`{"kind": "amount", "off_fen": 3000}`"""

    off_fen = _fen(1, required=True)


class PercentSchema(Schema):
    """`{"kind": "percent", "off_basis_points": 1500, "cap_fen": 5000}`"""

    off_basis_points = fields.Integer(required=True, strict=True, validate=Range(1, terms.WHOLE))
    cap_fen = _fen(1)


class FreeSchema(Schema):
    """`{"kind": "free", "quantity": 1}`"""

    quantity = _quantity()


class ExchangeSchema(Schema):
    """`{"kind": "exchange", "pay_fen": 990}`"""

    pay_fen = _fen(1, required=True)
    quantity = _quantity()


class GiftSchema(Schema):
    """`{"kind": "gift", "sku": "G1", "name": "旅行装", "worth_fen": 3900}`"""

    sku = _word()
    name = _word()
    quantity = _quantity()
    worth_fen = _fen(1)


class SampleSchema(Schema):
    """`{"kind": "sample", "name": "修护精华 5ml"}`"""

    name = _word()
    worth_fen = _fen(1)


class ShippingSchema(Schema):
    """`{"kind": "shipping"}`"""

    cap_fen = _fen(1)


class PartSchema(Schema):
    """A part of a pack."""

    sku = _word()
    quantity = _quantity()


class PackSchema(Schema):
    """`{"kind": "pack", "name": "…", "pay_fen": 9900, "parts": [{"sku": "A1", "quantity": 2}]}`"""

    name = _word()
    pay_fen = _fen(0, required=True)
    parts = fields.List(fields.Nested(PartSchema), required=True, validate=Length(1, 20))

    @validates_schema
    def _each_once(self, data: Mapping[str, Any], **_: Any) -> None:
        skus = [part["sku"] for part in data.get("parts", [])]
        if len(set(skus)) < len(skus):
            raise ValidationError("Each sku once.", "parts")


SCHEMAS: dict[Kind, Schema] = {
    Kind.AMOUNT: AmountSchema(),
    Kind.PERCENT: PercentSchema(),
    Kind.FREE: FreeSchema(),
    Kind.EXCHANGE: ExchangeSchema(),
    Kind.GIFT: GiftSchema(),
    Kind.SAMPLE: SampleSchema(),
    Kind.SHIPPING: ShippingSchema(),
    Kind.PACK: PackSchema(),
}


class GivesField(fields.Field[Gives]):
    """Which schema reads the rest is decided by `kind`."""

    def _deserialize(self, value: Any, *_args: Any, **_: Any) -> Gives:
        if not isinstance(value, Mapping):
            raise ValidationError("Must be an object with a `kind`.")
        kind = value.get("kind")
        if not isinstance(kind, str) or kind not in set(Kind):
            raise ValidationError({"kind": [f"Must be one of: {', '.join(Kind)}."]})
        rest = {name: part for name, part in value.items() if name != "kind"}
        return _make(Kind(kind), SCHEMAS[Kind(kind)].load(rest))

    def _serialize(self, value: Gives | None, *_args: Any, **_: Any) -> Any:
        if value is None:
            return None
        kind = kind_of(value)
        return {"kind": str(kind), **SCHEMAS[kind].dump(value)}


def _make(kind: Kind, data: dict[str, Any]) -> Gives:
    if kind is Kind.PACK:
        data["parts"] = tuple(terms.Part(**part) for part in data["parts"])
    return KINDS[kind](**data)
