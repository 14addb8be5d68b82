"""Leads."""

from typing import Any

from apiflask import Schema
from apiflask.fields import AwareDateTime, Integer, String
from apiflask.validators import Length, OneOf, Range, Regexp
from marshmallow import post_load

from app.core.schemas import Input
from app.pos.schemas.people import EARLIEST, NUMBER
from app.pos.service.leads import LeadTold
from app.tasks.models import RuleKind
from app.tasks.service import Refusal


class LeadSchema(Input):
    number = String(required=True, validate=NUMBER, metadata={"description": "Her member number"})
    kind = String(required=True, validate=OneOf([str(RuleKind.VIEWED), str(RuleKind.BASKET)]))
    key = String(
        required=True,
        validate=Regexp(r"^[!-~]{1,40}$"),
        metadata={"description": "Your own number for this lead: the same again is one task"},
    )
    at = AwareDateTime(
        required=True,
        format="iso",
        validate=Range(min=EARLIEST, error="时间早于 2000 年"),
        metadata={"description": "With its offset; at most seven days ago"},
    )
    sku = String(load_default=None, allow_none=True, validate=Length(min=1, max=32))

    @post_load
    def told(self, data: dict[str, Any], **_: Any) -> LeadTold:
        """As the service takes it."""
        return LeadTold(**data | {"kind": RuleKind(data["kind"])})


class NotedSchema(Schema):
    task_id = Integer(required=True, allow_none=True)
    refusal = String(
        required=True,
        allow_none=True,
        validate=OneOf([str(each) for each in Refusal]),
        metadata={"description": "Why it made no task: is_off, has_task, not_askable"},
    )
