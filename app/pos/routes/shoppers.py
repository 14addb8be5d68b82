"""A till is switched on, and somebody stands at it."""

from __future__ import annotations

from typing import Any

from app.pos import service
from app.pos.models import ApiScope
from app.pos.routes.blueprint import REFUSED, bp
from app.pos.schemas import checkouts as schemas
from app.pos.web import call, machine


@bp.get("/till")
@call(ApiScope.TILL)
@bp.input(schemas.WhichStoreSchema, location="query", arg_name="query")
@bp.output(schemas.TillSchema)
@bp.doc(
    summary="The store, the time, and the key that checks codes offline", responses=[*REFUSED, 404]
)
def show_till(query: dict[str, Any]) -> dict[str, Any]:
    return service.till(machine(), query["store"])


@bp.post("/shoppers")
@call(ApiScope.TILL)
@bp.input(schemas.ShopperSchema)
@bp.output(schemas.PresentSchema)
@bp.doc(
    summary="Who stands at the till, by her code or her phone, and what she may use",
    responses=[400, *REFUSED, 404, 409],
)
def arrive(json_data: dict[str, Any]) -> dict[str, Any]:
    code, phone = json_data.get("code"), json_data.get("phone")
    return service.arrive(machine(), code=code, phone=phone, store=json_data["store"])
