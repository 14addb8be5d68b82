"""入会礼: which coupons and samples a new member gets by herself."""

from __future__ import annotations

from collections.abc import Collection

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.benefits import joining
from app.benefits import service as benefits
from app.console import coupon_view
from app.console.access import HEADQUARTERS, actor, brand, only, pages
from app.core.errors import BadInput
from app.coupons import service as coupons


@pages.get("/coupons/joining")
@only(*HEADQUARTERS)
def joining_gifts() -> ResponseReturnValue:
    """What joining gives now, and what it could give."""
    given = coupons.batches(benefits.welcome_codes(brand()))
    return _page({batch.id for batch in given})


@pages.post("/coupons/joining")
@only(*HEADQUARTERS)
def joining_gifts_choose() -> ResponseReturnValue:
    """Exactly those that are ticked, from the next member on."""
    ticked = set(request.form.getlist("batch", type=int))
    try:
        chosen = joining.choose(ticked, actor=actor().audit_name)
    except BadInput as refused:
        return _page(ticked, str(refused)), refused.status
    names = "、".join(batch.name for batch in chosen)
    flash(f"下一位入会的人起送：{names}" if chosen else "入会不再送券")
    return redirect(url_for("console.joining_gifts"), 303)


def _page(ticked: Collection[int], refusal: str = "") -> str:
    return render_template(
        "console/coupons/joining.html",
        batches=joining.choices(),
        ticked=ticked,
        words=benefits.words,
        state=coupon_view.state_words,
        refusal=refusal,
        most=joining.MOST,
    )
