"""送一张券: what the guide may give of her month's allowance, given after a look, taken back at
once if it was a slip."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import asked
from app.core.errors import BadInput
from app.coupons import queries as coupon_queries
from app.coupons import service as coupons
from app.coupons.models import CouponBatch
from app.coupons.rule import Names, describe, stored
from app.coupons.service import giving
from app.guides import queries
from app.guides.routes.door import bp, brand, guide, here
from app.members import service as people
from app.points import queries as points
from app.stores import queries as stores


@bp.get("/members/<int:member_id>/give")
def give_choice(member_id: int) -> ResponseReturnValue:
    """What she may give her, with what is left this month; one of them chosen waits to be
    confirmed."""
    return _page(member_id, asked.number("batch"))


@bp.post("/members/<int:member_id>/give")
def give(member_id: int) -> ResponseReturnValue:
    """Give it, once for each key; a refusal says what to do."""
    known = queries.sheet(member_id, here(), guide()).known
    batch_id, key = request.form.get("batch", 0, type=int), request.form.get("key", "")
    if not 8 <= len(key) <= 40:
        raise BadInput("这一步没有编号，刷新页面后再点一次")
    try:
        given = coupons.give_by_guide(
            batch_id, known.member.id, staff_id=guide().staff_id, store_id=here().id, key=key
        )
    except coupons.Refused as refused:
        return _page(member_id, batch_id, refused.extra["cashier"]), refused.status
    return redirect(url_for("guide.give_done", member_id=member_id, coupon=given.id), 303)


@bp.get("/members/<int:member_id>/give/done")
def give_done(member_id: int) -> ResponseReturnValue:
    """What she has now, and for ten minutes the way back."""
    known = queries.sheet(member_id, here(), guide()).known
    coupon_id = asked.number("coupon")
    if coupon_id is None:
        return redirect(url_for("guide.give_choice", member_id=member_id))
    coupon = giving.gift(coupon_id, known.member.id, guide().staff_id)
    if coupon is None:
        raise coupons.refused(coupons.Reason.NO_COUPON)
    return render_template(
        "guide/give/done.html",
        member_id=member_id,
        coupon=coupon,
        words_of=_words(),
        batch=coupon_queries.batch(coupon.batch_id),
        shown_name=people.shown_name(known.member),
        may_take_back=giving.may_take_back(coupon),
        zone=brand().zoneinfo,
    )


@bp.post("/members/<int:member_id>/give/undo")
def give_undo(member_id: int) -> ResponseReturnValue:
    """Within ten minutes, unused. Raises Refused."""
    known = queries.sheet(member_id, here(), guide()).known
    coupon_id = request.form.get("coupon", type=int)
    if coupon_id is None:
        raise BadInput("没有说撤回哪一张，回到她的资料再点一次")
    giving.take_back_gift(coupon_id, known.member.id, staff_id=guide().staff_id)
    return redirect(url_for("guide.give_done", member_id=member_id, coupon=coupon_id), 303)


def _page(member_id: int, batch_id: int | None, refusal: str = "") -> str:
    found = queries.sheet(member_id, here(), guide())
    allowances = giving.allowances(guide().staff_id)
    chosen = next((one for one in allowances if one.batch.id == batch_id and one.left), None)
    return render_template(
        "guide/give/choice.html",
        member_id=member_id,
        shown_name=people.shown_name(found.known.member),
        allowances=allowances,
        chosen=chosen,
        refusal=refusal,
        words_of=_words(),
    )


def _words() -> Callable[[CouponBatch], str]:
    """What a batch gives and asks, as a sentence."""
    names = Names(
        stores={store.id: store.name for _, group in stores.tree() for store in group},
        tiers={tier.id: tier.name for tier in points.ladder()},
    )
    return lambda batch: describe(stored(batch.rule), names) if batch.rule else batch.name
