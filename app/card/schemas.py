"""The JSON of the card's API; miniprogram/typings/api.d.ts says the same to the mini-program."""

from apiflask import Schema
from apiflask.fields import Boolean, Date, DateTime, Dict, Integer, List, Nested, String
from apiflask.validators import Length, OneOf, Range, Regexp

from app.card.queries import CouponState
from app.core.schemas import Input, YesNo

LARGEST_ID = 2**63 - 1
CODE = Length(min=1, max=256)
PHONE = Length(min=5, max=24)
SMS_CODE = [Length(equal=6), Regexp(r"^[0-9]{6}$")]
STATES = [str(state) for state in CouponState]


class LoginSchema(Input):
    appid = String(required=True, validate=Length(min=1, max=32))
    code = String(required=True, validate=CODE, metadata={"description": "From wx.login"})


class SessionSchema(Schema):
    token = String(metadata={"description": "Sent as `Authorization: Bearer …`"})
    expires_at = DateTime()


class JoinSchema(Input):
    phone_code = String(required=True, validate=CODE, metadata={"description": "getPhoneNumber's"})
    agreed = YesNo(required=True, validate=OneOf([True]))
    marketing = YesNo(required=True)
    agreement = String(required=True, validate=Length(min=1, max=16))
    store = String(load_default="", validate=Length(max=32))


class JoinByOrderSchema(Schema):
    order_no = String(required=True, validate=Length(min=1, max=32))
    paid_fen = Integer(
        required=True, strict=True, validate=Range(min=1, max=10**10),
        metadata={"description": "What the receipt says was paid, in fen"},
    )  # fmt: skip
    agreed = YesNo(required=True, validate=OneOf([True]))
    marketing = YesNo(required=True)
    agreement = String(required=True, validate=Length(min=1, max=16))


class AskCodeSchema(Input):
    phone = String(required=True, validate=PHONE, metadata={"example": "13800005678"})


class CodeSentSchema(Schema):
    resend_seconds = Integer(metadata={"description": "Until another may be asked for"})
    valid_seconds = Integer()


class JoinByCodeSchema(Input):
    phone = String(required=True, validate=PHONE, metadata={"example": "13800005678"})
    code = String(required=True, validate=SMS_CODE, metadata={"example": "031882"})
    agreed = YesNo(required=True, validate=OneOf([True]))
    marketing = YesNo(required=True)
    agreement = String(required=True, validate=Length(min=1, max=16))
    store = String(load_default="", validate=Length(max=32))


class IdempotencySchema(Input):
    key = String(required=True, data_key="Idempotency-Key", validate=Length(min=8, max=64))


class JoinedSchema(Schema):
    returning = Boolean(metadata={"description": "The phone was a member's already"})
    points = Integer()


class PointsQuerySchema(Input):
    before = String(load_default="", validate=Length(max=96))


class PointsLineSchema(Schema):
    at = DateTime()
    day = String(metadata={"description": "On the brand's calendar: 10月8日"})
    words = String()
    store = String(metadata={"description": "Where the order was; empty for what is of no order"})
    order_no = String()
    points = Integer(metadata={"description": "What it added to the figure shown"})
    pending = Integer(metadata={"description": "What it added to what cannot be used yet"})
    balance = Integer(metadata={"description": "The figure shown, after it"})


class DatedPointsSchema(Schema):
    amount = Integer()
    at = DateTime()
    day = String()


class PartsSchema(Schema):
    earned = Integer(metadata={"description": "Less the other three: the figure shown"})
    spent = Integer()
    returned = Integer(metadata={"description": "Taken back with what was brought back"})
    expired = Integer()


class WorthSchema(Schema):
    points = Integer(attribute="step_points")
    fen = Integer(attribute="step_fen")


class StoreQuerySchema(Input):
    store = String(load_default="", validate=Length(max=32))


class PaletteSchema(Schema):
    brand = String()
    deep = String()
    soft = String()
    text = String()
    on = String()
    on_2 = String()


class BrandSchema(Schema):
    name = String()
    light = Nested(PaletteSchema)
    dark = Nested(PaletteSchema)


class PointsSchema(Schema):
    brand = Nested(BrandSchema)
    shown = Integer(metadata={"description": "What she can use, less what she owes"})
    available = Integer()
    pending = Integer()
    held = Integer()
    owed = Integer()
    parts = Nested(PartsSchema)
    ripening = List(Nested(DatedPointsSchema), metadata={"description": "What is pending, by day"})
    lapsing = List(
        Nested(DatedPointsSchema),
        metadata={"description": "`day` is the last on which they can be used"},
    )
    worth = Nested(WorthSchema)
    lines = List(Nested(PointsLineSchema))
    next = String(allow_none=True)


class NextTierSchema(Schema):
    name = String()
    missing_fen = Integer()
    progress_percent = Integer()


class MemberSchema(Schema):
    number = String()
    tier = String()
    points = Integer()
    growth = Integer(metadata={"description": "Whole yuan spent in the tier window"})
    next_tier = Nested(NextTierSchema, allow_none=True)


class MemberCodeSchema(Schema):
    digits = String()
    text = String(metadata={"description": "What the QR code says: the digits, signed"})
    qr = String(metadata={"description": "PNG as a data URI"})
    barcode = String(metadata={"description": "PNG as a data URI"})
    seconds_left = Integer()


class BenefitSchema(Schema):
    id = String()
    kind = String()
    face = String(metadata={"description": "¥20; empty for a sample"})
    title = String()
    note = String()


class StoreSchema(Schema):
    code = String()
    name = String()


class StoreHereSchema(StoreSchema):
    benefits = List(Nested(BenefitSchema))


class CardSchema(Schema):
    brand = Nested(BrandSchema)
    member = Nested(MemberSchema, allow_none=True)
    code = Nested(MemberCodeSchema, allow_none=True)
    store = Nested(StoreHereSchema, allow_none=True)
    coupon_count = Integer()


class CouponQuerySchema(Input):
    state = String(load_default=CouponState.USABLE, validate=OneOf(STATES))
    after = Integer(load_default=None, validate=Range(min=1, max=LARGEST_ID))


class CouponSchema(Schema):
    id = Integer()
    kind = String()
    face = String()
    condition = String()
    title = String()
    note = String()
    why = String()
    days_left = Integer(allow_none=True)


class CouponsSchema(Schema):
    brand = Nested(BrandSchema)
    counts = Dict(keys=String(validate=OneOf(STATES)), values=Integer())
    items = List(Nested(CouponSchema))
    next = Integer(allow_none=True)


class ClaimSchema(Input):
    code = String(
        required=True, validate=Length(min=4, max=32),
        metadata={"description": "Of a link or a poster, or a printed one"},
    )  # fmt: skip


class OfferSchema(Schema):
    brand = Nested(BrandSchema)
    is_member = Boolean(metadata={"description": "Whoever is none has to join before she takes it"})
    is_hers = Boolean(metadata={"description": "She has it already"})
    why = String(metadata={"description": "Why she would get none now; else empty"})
    coupon = Nested(CouponSchema, metadata={"description": "`id` is 0 until it is hers"})


class ClaimedSchema(Schema):
    coupon_id = Integer()


class ShareLinkSchema(Schema):
    token = String(metadata={"description": "Random; says nothing of her"})
    path = String(metadata={"description": "The mini-program's page with it"})


class OpenShareSchema(Input):
    token = String(required=True, validate=Length(min=4, max=32))


class OpenedSchema(Schema):
    is_new = Boolean(metadata={"description": "She counts as a friend who came by it"})


class MeSchema(Schema):
    brand = Nested(BrandSchema)
    number = String()
    phone = String(metadata={"description": "Masked: 138****5678"})
    joined_on = Date()
    marketing = Boolean()
    agreement = String(metadata={"description": "The version her consent names"})


class MarketingSchema(Input):
    is_given = YesNo(required=True)


class AgreementSchema(Schema):
    version = String()
    title = String()
    paragraphs = List(String())


class WelcomeSchema(Schema):
    brand = Nested(BrandSchema)
    store = Nested(StoreSchema, allow_none=True)
    benefits = List(Nested(BenefitSchema))
    agreement = Nested(AgreementSchema)
