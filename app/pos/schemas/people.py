"""Members and contacts."""

from datetime import UTC, datetime
from typing import Any

from apiflask import Schema
from apiflask.fields import AwareDateTime, Boolean, Date, Integer, String
from apiflask.validators import Length, OneOf, Range, Regexp
from marshmallow import post_load

from app.core.schemas import Input
from app.members.models import Channel, Direction
from app.pos.service.contacts import ContactTold

NUMBER = Regexp(r"^[0-9A-Z]{1,24}$", error="会员号是 1 到 24 位大写字母和数字")
MOST_SECONDS = 86_400
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class WriteHeadersSchema(Input):
    key = String(
        required=True,
        data_key="Idempotency-Key",
        validate=Length(min=8, max=64),
        metadata={"description": "The same key and body again: the first answer, for 24 hours"},
    )


class LookupSchema(Input):
    phone = String(
        validate=Length(min=5, max=32),
        metadata={"description": "In any usual form; China when no country is named"},
    )
    number = String(validate=NUMBER)


class NumberSchema(Input):
    number = String(required=True, validate=NUMBER)


class MemberSchema(Schema):
    number = String(required=True)
    tier = String(required=True)
    points = Integer(required=True)
    joined_on = Date(required=True)
    name = String(metadata={"description": "With the scope members:contact"})
    phone = String(
        allow_none=True, metadata={"description": "Masked; with the scope members:contact"}
    )


class ContactSchema(Input):
    number = String(required=True, validate=NUMBER, metadata={"description": "Her member number"})
    key = String(
        required=True,
        validate=Regexp(r"^[!-~]{1,96}$"),
        metadata={"description": "Your own number for this contact"},
    )
    channel = String(required=True, validate=OneOf([str(each) for each in Channel]))
    direction = String(
        required=True,
        validate=OneOf([str(each) for each in Direction]),
        metadata={"description": "Seen from the brand"},
    )
    at = AwareDateTime(
        required=True,
        format="iso",
        validate=Range(min=EARLIEST, error="时间早于 2000 年"),
        metadata={"description": "With its offset"},
    )
    agent = String(load_default=None, allow_none=True, validate=Length(max=32))
    duration_seconds = Integer(
        load_default=None, allow_none=True, strict=True, validate=Range(min=0, max=MOST_SECONDS)
    )
    recording_url = String(load_default=None, allow_none=True, validate=Length(max=500))
    text = String(load_default=None, allow_none=True, validate=Length(max=2000))

    @post_load
    def told(self, data: dict[str, Any], **_: Any) -> ContactTold:
        """As the service takes it."""
        words = {"channel": Channel(data["channel"]), "direction": Direction(data["direction"])}
        return ContactTold(**data | words)


class RecordedSchema(Schema):
    contact_id = Integer(required=True)
    is_new = Boolean(required=True, metadata={"description": "False: it was told before"})
