"""Sales, returns, corrections, what a till did alone, the sums of a day."""

from __future__ import annotations

from typing import Any

from app.pos import service
from app.pos.models import ApiScope
from app.pos.routes.blueprint import REFUSED, bp
from app.pos.schemas import orders as schemas
from app.pos.schemas.checkouts import WhichStoreSchema
from app.pos.schemas.people import WriteHeadersSchema
from app.pos.web import call, machine


@bp.post("/orders")
@call(ApiScope.ORDERS_WRITE, is_write=True)
@bp.input(schemas.OrderSchema)
@bp.input(WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.RecordedOrderSchema, status_code=201)
@bp.doc(summary="A sale, told once or often", responses=[400, *REFUSED, 404, 409])
def record_order(json_data: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.record_order(machine(), json_data)


@bp.put("/orders/<order_no>")
@call(ApiScope.ORDERS_WRITE, is_write=True)
@bp.input(schemas.OrderNoSchema, location="path")
@bp.input(schemas.CorrectionSchema)
@bp.input(WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.RecordedOrderSchema)
@bp.doc(
    summary="Correct an order: the whole of it, under its next revision",
    responses=[400, *REFUSED, 404, 409],
)
def correct_order(path_data: dict[str, Any], json_data: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.correct_order(machine(), path_data["order_no"], json_data)


@bp.post("/orders/<order_no>/returns")
@call(ApiScope.ORDERS_WRITE, is_write=True)
@bp.input(schemas.OrderNoSchema, location="path")
@bp.input(schemas.ReturnSchema)
@bp.input(WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.ReturnedSchema, status_code=201)
@bp.doc(
    summary="Goods come back; before their sale has come, they wait for it",
    responses=[400, *REFUSED, 404, 409],
)
def return_goods(path_data: dict[str, Any], json_data: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.bring_back(machine(), path_data["order_no"], json_data)


@bp.post("/orders/<order_no>/cancel")
@call(ApiScope.ORDERS_WRITE, is_write=True)
@bp.input(schemas.OrderNoSchema, location="path")
@bp.input(schemas.CancelSchema)
@bp.input(WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.ReturnedSchema, status_code=201)
@bp.doc(
    summary="The whole sale is taken back: coupons and points return",
    responses=[400, *REFUSED, 404, 409],
)
def cancel_order(path_data: dict[str, Any], json_data: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.cancel_order(machine(), path_data["order_no"], json_data)


@bp.post("/offline")
@call(ApiScope.ORDERS_WRITE, is_write=True)
@bp.input(schemas.OfflineSchema)
@bp.input(WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.AllSyncedSchema)
@bp.doc(
    summary="What was sold and redeemed while the network was down",
    responses=[400, *REFUSED, 404, 409],
)
def sync(json_data: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.sync(machine(), json_data["sales"], json_data["store"])


@bp.post("/days/<day>")
@call(ApiScope.ORDERS_WRITE, is_write=True)
@bp.input(schemas.DayPathSchema, location="path")
@bp.input(schemas.TellDaySchema)
@bp.input(WriteHeadersSchema, location="headers", arg_name="headers")
@bp.output(schemas.DaySchema)
@bp.doc(
    summary="A day's count and sum as the till has them; the differences, by receipt",
    responses=[400, *REFUSED, 404, 409],
)
def tell_day(path_data: dict[str, Any], json_data: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.tell_day(machine(), path_data["day"], json_data)


@bp.get("/days/<day>")
@call(ApiScope.ORDERS_WRITE)
@bp.input(schemas.DayPathSchema, location="path")
@bp.input(WhichStoreSchema, location="query", arg_name="query")
@bp.output(schemas.DaySchema)
@bp.doc(summary="A day as both sides see it now", responses=[*REFUSED, 404])
def show_day(path_data: dict[str, Any], query: dict[str, Any], **_: Any) -> dict[str, Any]:
    return service.show_day(machine(), path_data["day"], query["store"])
