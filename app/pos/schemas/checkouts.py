"""Who stands at the till, the basket, its price, and the two steps of redeeming."""

from __future__ import annotations

from typing import Any

from apiflask import Schema
from apiflask.fields import Boolean, DateTime, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range
from marshmallow import post_load

from app.benefits.models import CheckoutState
from app.benefits.redeem import MOST_LINES, AskedLine
from app.core.schemas import Input
from app.orders.models import PaymentMethod
from app.orders.service import Payment
from app.pos.schemas import fields

MOST_PAYMENTS, MOST_COUPONS = 8, 50
METHODS = [str(method) for method in PaymentMethod]


class WhichStoreSchema(Input):
    store = fields.store()


class ShopperSchema(Input):
    """Exactly one of code and phone."""

    code = String(
        validate=Length(min=1, max=160),
        metadata={"description": "What her QR code or bar code says"},
    )
    phone = String(
        validate=Length(min=5, max=32),
        metadata={"description": "In any usual form; China when no country is named"},
    )
    store = fields.store()


class ReasonSchema(Schema):
    reason = String(required=True)
    shopper = String(required=True, metadata={"description": "The reason as she reads it"})
    cashier = String(required=True, metadata={"description": "The reason for the cashier"})


class HeldCouponSchema(Schema):
    coupon_id = Integer(required=True)
    kind = String(required=True)
    label = String(required=True)
    until = DateTime(required=True)
    store_left = Integer(required=True, allow_none=True)
    why = Nested(ReasonSchema, required=True, allow_none=True)


class PointsWorthSchema(Schema):
    available = Integer(required=True)
    step_points = Integer(required=True)
    step_fen = Integer(required=True)
    worth_fen = Integer(required=True, metadata={"description": "Of all she may spend"})


class BenefitsSchema(Schema):
    usable = List(Nested(HeldCouponSchema), required=True)
    later = List(Nested(HeldCouponSchema), required=True)
    used = List(Nested(HeldCouponSchema), required=True)
    expired = List(Nested(HeldCouponSchema), required=True)
    rights = List(String(), required=True, metadata={"description": "What her tier gives"})
    points = Nested(PointsWorthSchema, required=True)


class PresentSchema(Schema):
    shopper = String(required=True, metadata={"description": "Names her in quotes and checkouts"})
    until = DateTime(required=True)
    number = String(required=True)
    called = String(required=True, metadata={"description": "Masked name, to greet her by"})
    tier = String(required=True)
    benefits = Nested(BenefitsSchema, required=True)


class TillSchema(Schema):
    store = String(required=True)
    store_name = String(required=True)
    brand = String(required=True)
    at = DateTime(required=True, metadata={"description": "Now; set the till's clock by it"})
    code_key = String(
        required=True,
        metadata={"description": "Ed25519 public key, base64: checks member codes offline"},
    )


class LineSchema(Input):
    line_no = Integer(required=True, strict=True, validate=Range(min=1, max=fields.MOST_LINE_NO))
    sku = fields.word("The goods", required=True)
    quantity = Integer(required=True, strict=True, validate=Range(min=1, max=fields.MOST_UNITS))
    amount_fen = fields.fen(required=True)

    @post_load
    def asked(self, data: dict[str, Any], **_: Any) -> AskedLine:
        """As the service takes it."""
        return AskedLine(**data)


class BasketSchema(Input):
    shopper = fields.key("From /shoppers", required=True)
    lines = List(Nested(LineSchema), required=True, validate=Length(min=1, max=MOST_LINES))
    shipping_fen = fields.fen(load_default=0)
    points = Integer(
        load_default=0,
        strict=True,
        validate=Range(min=0, max=fields.MOST_POINTS),
        metadata={"description": "How many she wishes to spend"},
    )
    coupons = List(
        Integer(strict=True, validate=Range(min=1, max=fields.BIGINT)),
        load_default=None,
        allow_none=True,
        validate=Length(max=MOST_COUPONS),
        metadata={"description": "Only these; left out, the best combination"},
    )
    store = fields.store()


class ShareSchema(Schema):
    line_no = Integer(required=True)
    fen = Integer(required=True)


class AppliedSchema(Schema):
    coupon_id = Integer(required=True)
    kind = String(required=True)
    label = String(required=True)
    off_fen = Integer(required=True)
    shipping_off_fen = Integer(required=True)
    gift_fen = Integer(required=True)
    shares = List(Nested(ShareSchema), required=True)


class RefusedSchema(ReasonSchema):
    coupon_id = Integer(required=True)
    kind = String(required=True)
    label = String(required=True)


class QuotedLineSchema(Schema):
    line_no = Integer(required=True)
    sku = String(required=True)
    quantity = Integer(required=True)
    amount_fen = Integer(required=True)
    tier_off_fen = Integer(required=True)
    coupon_off_fen = Integer(required=True)
    points_fen = Integer(required=True)
    payable_fen = Integer(required=True)


class QuoteSchema(Schema):
    """Line by line: amount = tier + coupons + points + payable."""

    lines = List(Nested(QuotedLineSchema), required=True)
    applied = List(Nested(AppliedSchema), required=True)
    refused = List(Nested(RefusedSchema), required=True)
    goods_fen = Integer(required=True)
    tier_off_fen = Integer(required=True)
    off_fen = Integer(required=True, metadata={"description": "Tier and coupons, on goods"})
    shipping_fen = Integer(required=True)
    shipping_off_fen = Integer(required=True)
    points = Integer(required=True)
    points_fen = Integer(required=True)
    points_refused = Nested(ReasonSchema, required=True, allow_none=True)
    payable_fen = Integer(required=True)
    is_best = Boolean(required=True)


class ReserveSchema(BasketSchema):
    key = fields.key("Your own number for this basket", required=True)
    payable_fen = fields.fen(
        required=True, metadata={"description": "What the quote said, and she was told"}
    )
    guide = fields.guide()


class CheckoutSchema(Schema):
    key = String(required=True)
    state = String(required=True, validate=OneOf([str(state) for state in CheckoutState]))
    until = DateTime(required=True)
    payable_fen = Integer(required=True)
    quote = Nested(QuoteSchema, required=True)


class PaymentSchema(Input):
    method = String(required=True, validate=OneOf(METHODS))
    fen = fields.fen(least=1, required=True)

    @post_load
    def paid(self, data: dict[str, Any], **_: Any) -> Payment:
        """As the service takes it."""
        return Payment(PaymentMethod(data["method"]), data["fen"])


class SettleSchema(Input):
    order_no = fields.word("The receipt's number", required=True)
    at = fields.moment("When it was paid", required=True)
    payments = List(Nested(PaymentSchema), load_default=[], validate=Length(max=MOST_PAYMENTS))
    guide = fields.guide()
    store = fields.store()


class KeySchema(Input):
    key = fields.key("Your own number for this basket", required=True)


class SettledSchema(Schema):
    key = String(required=True)
    state = String(required=True)
    order_no = String(required=True)
    paid_fen = Integer(required=True)
    points_earned = Integer(required=True)


class VoidedSchema(Schema):
    key = String(required=True)
    state = String(required=True)
