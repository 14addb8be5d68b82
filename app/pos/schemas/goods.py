"""Prices and stock."""

from typing import Any

from apiflask import Schema
from apiflask.fields import Integer, List, Nested, String
from apiflask.validators import Length, Range
from marshmallow import post_load

from app.catalog.shelves import Told
from app.core.schemas import Input
from app.pos.schemas import fields

MOST_ITEMS = 500


class ItemSchema(Input):
    """What is left out stays as it was."""

    sku = fields.word("The goods", required=True)
    on_hand = Integer(
        strict=True,
        load_default=None,
        validate=Range(min=0, max=fields.MOST_UNITS),
        metadata={"description": "How many stand in the store"},
    )
    price_fen = fields.fen(load_default=None, metadata={"description": "What one costs, anywhere"})

    @post_load
    def told(self, data: dict[str, Any], **_: Any) -> Told:
        """As the service takes it."""
        return Told(**data)


class GoodsSchema(Input):
    at = fields.moment(
        "When it was so; an older word that comes late changes nothing", required=True
    )
    items = List(Nested(ItemSchema), required=True, validate=Length(min=1, max=MOST_ITEMS))
    store = fields.store()


class GoodsToldSchema(Schema):
    told = Integer(required=True)
    unknown_skus = List(
        String(), required=True, metadata={"description": "Nobody knows them; nothing is kept"}
    )
