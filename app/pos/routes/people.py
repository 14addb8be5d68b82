"""Members by number or phone, and what call centres tell of them."""

from __future__ import annotations

from typing import Any

from app.members.service.contacts import Recorded
from app.pos import service
from app.pos.models import ApiScope
from app.pos.routes.blueprint import REFUSED, bp
from app.pos.schemas import people as schemas
from app.pos.service.contacts import ContactTold
from app.pos.web import call, machine


@bp.post("/contacts")
@call(ApiScope.CONTACTS_WRITE, is_write=True)
@bp.input(schemas.ContactSchema)
@bp.input(schemas.WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.RecordedSchema, status_code=201)
@bp.doc(
    summary="Put a call, a message or a mail on a member's timeline",
    responses=[400, *REFUSED, 404, 409],
)
def record_contact(json_data: ContactTold, **_: Any) -> Recorded:
    return service.record_contact(machine(), json_data)


@bp.post("/members/lookup")
@call(ApiScope.MEMBERS_READ)
@bp.input(schemas.LookupSchema)
@bp.output(schemas.MemberSchema)
@bp.doc(summary="Find a member by phone or number", responses=[400, *REFUSED, 404])
def look_up(json_data: dict[str, str]) -> dict[str, Any]:
    phone, number = json_data.get("phone"), json_data.get("number")
    return service.lookup(machine(), phone=phone, number=number)


@bp.get("/members/<number>")
@call(ApiScope.MEMBERS_READ)
@bp.input(schemas.NumberSchema, location="path")
@bp.output(schemas.MemberSchema)
@bp.doc(summary="A member, as far as the key's scopes go", responses=[*REFUSED, 404])
def show_member(path_data: dict[str, str], **_: Any) -> dict[str, Any]:
    return service.by_number(machine(), path_data["number"])
