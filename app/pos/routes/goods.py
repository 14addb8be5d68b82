"""Prices and stock."""

from __future__ import annotations

from typing import Any

from app.pos import service
from app.pos.models import ApiScope
from app.pos.routes.blueprint import REFUSED, bp
from app.pos.schemas import goods as schemas
from app.pos.schemas.people import WriteHeadersSchema
from app.pos.web import call, machine


@bp.post("/goods")
@call(ApiScope.GOODS_WRITE, is_write=True)
@bp.input(schemas.GoodsSchema)
@bp.input(WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.GoodsToldSchema)
@bp.doc(
    summary="What goods cost and how many stand in a store; guides see it beside what they offer",
    responses=[400, *REFUSED, 404, 409],
)
def tell_goods(json_data: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.tell_goods(machine(), json_data)
