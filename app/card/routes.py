"""/api/v1: what the mini-program asks. One door is open, the rest want a session."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import g, request

from app.card import schemas
from app.card.service import (
    cards,
    claiming,
    joining,
    ledger,
    ordering,
    profile,
    sessions,
    sharing,
    texting,
    wallet,
)
from app.card.service.welcome import welcome
from app.core.web import steps

door = APIBlueprint("card_door", __name__, url_prefix="/api/v1", tag="Member card")
bp = APIBlueprint("card", __name__, url_prefix="/api/v1", tag="Member card")


@door.post("/session")
@door.input(schemas.LoginSchema)
@door.output(schemas.SessionSchema, status_code=201)
@door.doc(summary="Exchange wx.login's code for a session", responses=[404, 422, 503])
@steps
def sign_in(json_data: dict[str, str]) -> Any:
    return sessions.sign_in(**json_data)


@bp.post("/join")
@bp.input(schemas.JoinSchema)
@bp.input(schemas.IdempotencySchema, location="headers", arg_name="headers")
@bp.output(schemas.JoinedSchema)
@bp.doc(summary="Become a member with WeChat's phone code", responses=[401, 409, 422, 503])
@steps
def become_member(json_data: dict[str, Any], headers: dict[str, str]) -> Any:
    return joining.join(g.visitor, joining.Wish(**json_data), headers["key"])


@bp.post("/join/order")
@bp.input(schemas.JoinByOrderSchema)
@bp.output(schemas.JoinedSchema)
@bp.doc(
    summary="Become the member who bought: an order's number and what was paid",
    responses=[401, 404, 409, 422, 429],
)
@steps
def join_by_order(json_data: dict[str, Any]) -> Any:
    return ordering.bind(g.visitor, ordering.OrderWish(**json_data))


@bp.post("/join/sms")
@bp.input(schemas.AskCodeSchema)
@bp.output(schemas.CodeSentSchema, status_code=202)
@bp.doc(summary="Have a code sent to a phone, known or not", responses=[401, 422, 429, 503])
@steps
def ask_code(json_data: dict[str, str]) -> Any:
    return texting.ask(texting.asker(g.visitor, _address()), json_data["phone"])


@bp.post("/join/sms/confirm")
@bp.input(schemas.JoinByCodeSchema)
@bp.input(schemas.IdempotencySchema, location="headers", arg_name="headers")
@bp.output(schemas.JoinedSchema)
@bp.doc(summary="Become a member with the code from the SMS", responses=[401, 409, 422, 429])
@steps
def join_by_code(json_data: dict[str, Any], headers: dict[str, str]) -> Any:
    wish = texting.CodeWish(**json_data)
    return texting.confirm(g.visitor, _address(), wish, headers["key"])


def _address() -> str:
    return request.remote_addr or ""


@bp.get("/points")
@bp.input(schemas.PointsQuerySchema, location="query")
@bp.output(schemas.PointsSchema)
@bp.doc(summary="Her points: each movement, and what they come to", responses=[401, 422])
def show_points(query_data: dict[str, str]) -> Any:
    return ledger.story(g.visitor, query_data["before"])


@bp.get("/card")
@bp.input(schemas.StoreQuerySchema, location="query")
@bp.output(schemas.CardSchema)
@bp.doc(summary="Everything the card page shows", responses=[401])
def show_card(query_data: dict[str, str]) -> Any:
    return cards.card(g.visitor, query_data["store"])


@bp.get("/coupons")
@bp.input(schemas.CouponQuerySchema, location="query")
@bp.output(schemas.CouponsSchema)
@bp.doc(summary="Her coupons in one state, with the counts of all", responses=[401])
def list_coupons(query_data: dict[str, Any]) -> Any:
    return wallet.coupons_page(g.visitor, **query_data)


@bp.post("/coupons/claim")
@bp.input(schemas.ClaimSchema)
@bp.output(schemas.ClaimedSchema)
@bp.doc(
    summary="Get a coupon by a code; the same code again answers the same coupon",
    responses=[401, 404, 409, 422, 429, 503],
)
@steps
def claim_coupon(json_data: dict[str, str]) -> Any:
    return claiming.claim(g.visitor, json_data["code"])


@bp.post("/coupons/offer")
@bp.input(schemas.ClaimSchema)
@bp.output(schemas.OfferSchema)
@bp.doc(
    summary="The coupon that a code gives, before she takes it; changes nothing",
    responses=[401, 404, 422, 429],
)
@steps
def show_offer(json_data: dict[str, str]) -> Any:
    return claiming.offer(g.visitor, json_data["code"])


@bp.post("/shares")
@bp.output(schemas.ShareLinkSchema)
@bp.doc(summary="Her link to share the card by, the same each time", responses=[401, 404])
def make_share() -> Any:
    return sharing.share(g.visitor)


@bp.post("/shares/opened")
@bp.input(schemas.OpenShareSchema)
@bp.output(schemas.OpenedSchema)
@bp.doc(summary="She came by a friend's link", responses=[401, 422])
def open_share(json_data: dict[str, str]) -> Any:
    return sharing.opened(g.visitor, json_data["token"])


@bp.get("/welcome")
@bp.input(schemas.StoreQuerySchema, location="query")
@bp.output(schemas.WelcomeSchema)
@bp.doc(summary="What she would get by joining, and what she would agree to", responses=[401])
def show_welcome(query_data: dict[str, str]) -> Any:
    return welcome(g.visitor, query_data["store"])


@bp.get("/me")
@bp.output(schemas.MeSchema)
@bp.doc(summary="What we keep about her, and what she agreed to", responses=[401, 404])
def show_me() -> Any:
    return profile.me(g.visitor)


@bp.put("/me/marketing")
@bp.input(schemas.MarketingSchema)
@bp.output(schemas.MeSchema)
@bp.doc(summary="Take marketing messages, or no more of them", responses=[401, 404, 422])
def set_marketing(json_data: dict[str, bool]) -> Any:
    return profile.set_marketing(g.visitor, is_given=json_data["is_given"])
