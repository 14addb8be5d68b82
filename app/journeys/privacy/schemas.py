"""The JSON of her rights; miniprogram/typings/api.d.ts says the same to the mini-program."""

from apiflask import Schema
from apiflask.fields import Boolean, Date, DateTime, Dict, Integer, List, Nested, String
from apiflask.validators import Length, OneOf

from app.card.schemas import BrandSchema
from app.core.schemas import YesNo
from app.journeys.privacy.rights import LONGEST_NAME
from app.members.models import ConsentChannel, Purpose


class SwitchSchema(Schema):
    purpose = String()
    channel = String()
    title = String()
    is_given = Boolean()
    version = String(metadata={"description": "Of the text she agreed to, or would"})
    since = DateTime(allow_none=True)


class WaitingSchema(Schema):
    receipt = String()
    due_at = DateTime()


class PrivacySchema(Schema):
    brand = Nested(BrandSchema)
    phone = String(metadata={"description": "Masked: 138****5678"})
    name = String()
    born_on = Date(allow_none=True)
    switches = List(Nested(SwitchSchema))
    texts = Dict(keys=String(), values=String())
    cooling_off_days = Integer()
    erasure = Nested(WaitingSchema, allow_none=True)


class SwitchedSchema(Schema):
    purpose = String(required=True, validate=OneOf([str(each) for each in Purpose]))
    channel = String(required=True, validate=OneOf([str(each) for each in ConsentChannel]))
    is_given = YesNo(required=True)


class CorrectedSchema(Schema):
    name = String(load_default=None, allow_none=True, validate=Length(max=LONGEST_NAME))
    born_on = Date(load_default=None, allow_none=True)


class CopiedTableSchema(Schema):
    title = String()
    rows = List(Dict(), metadata={"description": "Named as the columns; money in fen"})


class CopySchema(Schema):
    format = String()
    brand = String()
    made_at = String()
    tables = Dict(keys=String(), values=Nested(CopiedTableSchema))


class LinkSchema(Schema):
    url = String(metadata={"description": "A page in words; with .json, the same for machines"})
    expires_at = DateTime()
