"""Her own codes: one to be followed by, one that leads into the card, one for each coupon, and
one to be added by at WeCom."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock, db
from app.core.errors import BadInput
from app.core.web import steps
from app.guides import codes
from app.guides.routes.door import bp, brand, guide, here
from app.stores import contact_ways, making
from app.stores.models import CodePurpose
from app.wechat.errors import NoAnswer, WeChatError


@bp.get("/me/posters")
def codes_of_hers() -> ResponseReturnValue:
    """With what came through each, and those she may still make."""
    shop = here()
    return render_template(
        "guide/codes.html",
        store=shop,
        codes=codes.of_guide(guide(), shop.id),
        coupons=codes.coupons_to_offer(clock.now()),
        zone=brand().zoneinfo,
        makes_friends=codes.makes_friends(guide()),
        is_late="late" in request.args,
    )


@bp.post("/codes")
@steps
def code_of_hers() -> ResponseReturnValue:
    """Keep the code, then ask WeChat, or WeCom, for it. Raises NoCodesLeft, BadInput, NotAtWecom,
    BeingMade."""
    try:
        _made(_purpose())
    except (WeChatError, NoAnswer):
        return redirect(url_for("guide.codes_of_hers", late=1), 303)
    return redirect(url_for("guide.codes_of_hers"), 303)


def _made(purpose: CodePurpose) -> None:
    me = guide()
    if purpose is CodePurpose.FRIEND:
        with db.transaction(me.brand_id):
            way = codes.make_friend_code(me, here().id)
        if way is not None:
            contact_ways.fetch(me.brand_id, way)
        return
    with db.transaction(me.brand_id):
        asked = codes.make(me, here().id, purpose, request.form.get("batch", type=int))
    if asked is not None:
        making.fetch(me.brand_id, asked)


@bp.get("/codes/<int:own_code_id>/poster.svg")
def poster(own_code_id: int) -> ResponseReturnValue:
    """A picture with her name and the code. Raises NoCode."""
    drawn = codes.poster(own_code_id, guide(), brand())
    return Response(drawn, mimetype="image/svg+xml")


def _purpose() -> CodePurpose:
    asked = request.form.get("purpose", "")
    if asked not in set(CodePurpose):
        raise BadInput("选一种码：关注、入会、领券或企业微信")
    return CodePurpose(asked)
