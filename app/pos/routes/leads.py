"""Leads: viewed, or left in a basket."""

from __future__ import annotations

from typing import Any

from app.pos import service
from app.pos.models import ApiScope
from app.pos.routes.blueprint import REFUSED, bp
from app.pos.schemas import leads as schemas
from app.pos.schemas.people import WriteHeadersSchema
from app.pos.service.leads import LeadTold, Noted
from app.pos.web import call, machine


@bp.post("/leads")
@call(ApiScope.LEADS_WRITE, is_write=True)
@bp.input(schemas.LeadSchema)
@bp.input(WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.NotedSchema, status_code=201)
@bp.doc(
    summary="Tell what a member looked at or left in her basket, for her guide",
    responses=[400, *REFUSED, 404, 409],
)
def note_lead(json_data: LeadTold, **_: Any) -> Noted:
    return service.note_lead(machine(), json_data)
