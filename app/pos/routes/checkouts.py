"""A basket's price, and the two steps of redeeming: reserve, then settle or void."""

from __future__ import annotations

from typing import Any

from app.pos import service
from app.pos.models import ApiScope
from app.pos.routes.blueprint import REFUSED, bp
from app.pos.schemas import checkouts as schemas
from app.pos.schemas.people import WriteHeadersSchema
from app.pos.web import call, machine


@bp.post("/quotes")
@call(ApiScope.TILL)
@bp.input(schemas.BasketSchema)
@bp.output(schemas.QuoteSchema)
@bp.doc(
    summary="What a basket costs her, and why what stays in her wallet stays there",
    responses=[400, *REFUSED, 404],
)
def quote(json_data: dict[str, Any]) -> dict[str, Any]:
    return service.quote(machine(), json_data)


@bp.post("/checkouts")
@call(ApiScope.TILL, is_write=True)
@bp.input(schemas.ReserveSchema)
@bp.input(WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.CheckoutSchema, status_code=201)
@bp.doc(
    summary="Hold coupons and points for this basket, for half an hour",
    responses=[400, *REFUSED, 404, 409],
)
def reserve(json_data: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.reserve(machine(), json_data)


@bp.get("/checkouts/<key>")
@call(ApiScope.TILL)
@bp.input(schemas.KeySchema, location="path")
@bp.input(schemas.WhichStoreSchema, location="query", arg_name="query")
@bp.output(schemas.CheckoutSchema)
@bp.doc(summary="What was promised, after an answer was lost", responses=[*REFUSED, 404])
def show_checkout(path_data: dict[str, Any], query: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.look_at_checkout(machine(), path_data["key"], query["store"])


@bp.post("/checkouts/<key>/settle")
@call(ApiScope.TILL, is_write=True)
@bp.input(schemas.KeySchema, location="path")
@bp.input(schemas.SettleSchema)
@bp.input(WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.SettledSchema)
@bp.doc(
    summary="It is paid: order, coupons and points in one step",
    responses=[400, *REFUSED, 404, 409],
)
def settle(path_data: dict[str, Any], json_data: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.settle(machine(), path_data["key"], json_data)


@bp.post("/checkouts/<key>/void")
@call(ApiScope.TILL, is_write=True)
@bp.input(schemas.KeySchema, location="path")
@bp.input(schemas.WhichStoreSchema)
@bp.input(WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.VoidedSchema)
@bp.doc(
    summary="She does not buy: coupons and points are hers again",
    responses=[400, *REFUSED, 404, 409],
)
def void(path_data: dict[str, Any], json_data: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.void(machine(), path_data["key"], json_data["store"])
