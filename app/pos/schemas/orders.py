"""Sales, returns, corrections, what a till did alone, and the sums of a day."""

from __future__ import annotations

from typing import Any

from apiflask import Schema
from apiflask.fields import Boolean, Date, DateTime, Integer, List, Nested, String
from apiflask.validators import Length, Range
from marshmallow import post_load

from app.benefits.redeem import MOST_LINES
from app.benefits.redeem.offline import Given
from app.core.schemas import Input
from app.orders.service import MOST_ORDERS, BroughtBack, ToldLine
from app.pos.schemas import fields
from app.pos.schemas.checkouts import MOST_COUPONS, MOST_PAYMENTS, PaymentSchema, ReasonSchema
from app.pos.schemas.people import NUMBER

MOST_SALES = 100  # in one sync


class SoldLineSchema(Input):
    """list = paid + discount + coupon + points."""

    line_no = Integer(required=True, strict=True, validate=Range(min=1, max=fields.MOST_LINE_NO))
    sku = fields.word("The goods; one that nobody knows is taken and flagged", required=True)
    quantity = Integer(required=True, strict=True, validate=Range(min=1, max=fields.MOST_UNITS))
    paid_fen = fields.fen(required=True, metadata={"description": "What she paid for the line"})
    list_fen = fields.fen(required=True)
    discount_fen = fields.fen(load_default=0)
    coupon_fen = fields.fen(load_default=0)

    @post_load
    def told(self, data: dict[str, Any], **_: Any) -> ToldLine:
        """As the service takes it."""
        return ToldLine(retail_discount_fen=data.pop("discount_fen"), **data)


class OrderSchema(Input):
    order_no = fields.word("The receipt's number", required=True)
    at = fields.moment("When it was paid", required=True)
    lines = List(Nested(SoldLineSchema), required=True, validate=Length(min=1, max=MOST_LINES))
    payments = List(Nested(PaymentSchema), load_default=[], validate=Length(max=MOST_PAYMENTS))
    shipping_fen = fields.fen(load_default=0)
    number = String(
        load_default=None, validate=NUMBER, metadata={"description": "Her member number"}
    )
    guide = fields.guide()
    store = fields.store()


class CorrectionSchema(OrderSchema):
    """The whole order as it ought to have been."""

    class Meta(Input.Meta):
        exclude = ("order_no",)

    revision = Integer(
        required=True,
        strict=True,
        validate=Range(min=1, max=10**6),
        metadata={"description": "Counts up; an older one that comes late changes nothing"},
    )


class OrderNoSchema(Input):
    order_no = fields.word("The receipt's number", required=True)


class RecordedOrderSchema(Schema):
    order_no = String(required=True)
    is_new = Boolean(required=True, metadata={"description": "False: it was told before"})
    state = String(required=True)
    paid_fen = Integer(required=True)
    returned_fen = Integer(required=True)
    points_earned = Integer(required=True)
    unknown_skus = List(String(), required=True, metadata={"description": "Taken and flagged"})


class BroughtBackSchema(Input):
    line_no = Integer(required=True, strict=True, validate=Range(min=1, max=fields.MOST_LINE_NO))
    quantity = Integer(required=True, strict=True, validate=Range(min=1, max=fields.MOST_UNITS))
    fen = fields.fen(
        load_default=None,
        allow_none=True,
        metadata={"description": "Left out: the line's share of what was paid"},
    )

    @post_load
    def told(self, data: dict[str, Any], **_: Any) -> BroughtBack:
        """As the service takes it."""
        return BroughtBack(**data)


class ReturnSchema(Input):
    return_no = fields.word("Your own number for this return", required=True)
    at = fields.moment("When it was brought back", required=True)
    lines = List(
        Nested(BroughtBackSchema),
        load_default=[],
        validate=Length(max=MOST_LINES),
        metadata={"description": "None: all that is left of the order"},
    )
    store = fields.store()


class CancelSchema(Input):
    at = fields.moment("When it was cancelled", required=True)
    store = fields.store()


class ReturnedSchema(Schema):
    order_no = String(required=True)
    return_no = String(required=True)
    is_new = Boolean(required=True)
    state = String(required=True, metadata={"description": "waiting: its sale has not come yet"})
    refund_fen = Integer(required=True)


class DaySumsSchema(Input):
    count = Integer(required=True, strict=True, validate=Range(min=0, max=10**7))
    fen = fields.fen(required=True)
    return_count = Integer(load_default=0, strict=True, validate=Range(min=0, max=10**7))
    return_fen = fields.fen(load_default=0)


class ReceiptSchema(Input):
    order_no = fields.word("The receipt's number", required=True)
    paid_fen = fields.fen(required=True)


class TellDaySchema(DaySumsSchema):
    orders = List(
        Nested(ReceiptSchema),
        load_default=[],
        validate=Length(max=MOST_ORDERS),
        metadata={"description": "The day's receipts, so that differences are named"},
    )
    store = fields.store()


class DayPathSchema(Input):
    day = Date(required=True)


class ShownSumsSchema(Schema):
    count = Integer(required=True)
    fen = Integer(required=True)
    return_count = Integer(required=True)
    return_fen = Integer(required=True)


class DifferenceSchema(Schema):
    order_no = String(required=True)
    why = String(required=True)
    told_fen = Integer(required=True, allow_none=True)
    ours_fen = Integer(required=True, allow_none=True)


class DaySchema(Schema):
    day = Date(required=True)
    is_equal = Boolean(required=True)
    ours = Nested(ShownSumsSchema, required=True)
    told = Nested(ShownSumsSchema, required=True, allow_none=True)
    differences = List(Nested(DifferenceSchema), required=True)


class GivenSchema(Input):
    coupon_id = Integer(required=True, strict=True, validate=Range(min=1, max=fields.BIGINT))
    fen = fields.fen(required=True, metadata={"description": "What the till took off for it"})

    @post_load
    def given(self, data: dict[str, Any], **_: Any) -> Given:
        """As the service takes it."""
        return Given(**data)


class OfflineSaleSchema(OrderSchema):
    class Meta(Input.Meta):
        exclude = ("number", "store")

    key = fields.key("Your own number for this basket", required=True)
    code = String(
        load_default=None,
        allow_none=True,
        validate=Length(min=1, max=160),
        metadata={"description": "What her QR code said; its signature is checked again"},
    )
    scanned_at = fields.moment("When it was scanned", load_default=None, allow_none=True)
    coupons = List(Nested(GivenSchema), load_default=[], validate=Length(max=MOST_COUPONS))


class OfflineSchema(Input):
    sales = List(Nested(OfflineSaleSchema), required=True, validate=Length(min=1, max=MOST_SALES))
    store = fields.store()


class ConflictSchema(Schema):
    kind = String(required=True)
    coupon_id = Integer(required=True, allow_none=True)
    reason = String(required=True)
    is_ours = Boolean(required=True, metadata={"description": "This sale lost; else another's"})
    lost_fen = Integer(required=True)
    lost_at = DateTime(required=True)


class SyncedSchema(Schema):
    key = String(required=True)
    order_no = String(required=True)
    is_new = Boolean(required=True)
    is_known = Boolean(required=True, metadata={"description": "Whether the code named a member"})
    conflicts = List(Nested(ConflictSchema), required=True)
    refusal = Nested(ReasonSchema, required=True, allow_none=True)


class AllSyncedSchema(Schema):
    sales = List(Nested(SyncedSchema), required=True)
