"""A batch's codes to be printed: the one of its claim link, and codes that work once each."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.console import claim_links, coupon_view
from app.console.access import HEADQUARTERS, actor, brand, only, pages
from app.core import idempotency
from app.core.errors import BadInput
from app.coupons import queries, service
from app.coupons.models import CouponBatch
from app.stores.pictures import picture

MOST_AT_ONCE = 240
SHORTEST_KEY, LONGEST_KEY = 8, 64


class NoSuchCount(BadInput):
    code, title = "no_such_count", f"填 1 到 {MOST_AT_ONCE} 张，再做"


@dataclass(frozen=True)
class PrintedCode:
    """A code as it stands on the sheet."""

    words: str
    picture: Markup


@pages.get("/coupons/<int:batch_id>/poster")
@only(*HEADQUARTERS)
def coupon_poster(batch_id: int) -> ResponseReturnValue:
    """The claim link's QR code on a sheet of its own."""
    batch = queries.batch(batch_id)
    if batch.claim_code is None:
        return _no_link(batch)
    return _sheet(batch, [batch.claim_code], is_once=False)


@pages.get("/coupons/<int:batch_id>/claim.png")
@only(*HEADQUARTERS)
def coupon_claim_picture(batch_id: int) -> ResponseReturnValue:
    """The same as a picture, to be laid into a poster."""
    batch = queries.batch(batch_id)
    if batch.claim_code is None:
        return _no_link(batch)
    answer = make_response(claim_links.png(claim_links.link(brand(), batch.claim_code)))
    answer.headers["Content-Type"] = "image/png"
    answer.headers["Content-Disposition"] = f'attachment; filename="coupon-{batch.code}.png"'
    return answer


@pages.post("/coupons/<int:batch_id>/codes")
@only(*HEADQUARTERS)
def coupon_codes(batch_id: int) -> ResponseReturnValue:
    """New codes that work once each. Only their hashes are kept: this answer is the one time that
    they can be seen. The same form sent again makes none."""
    batch = service.held_batch(batch_id)  # of two taps at once, one waits for the other
    count = request.form.get("count", default=0, type=int)
    if not 1 <= count <= MOST_AT_ONCE:
        raise NoSuchCount()
    if not _is_first(batch_id, request.form.get("key", "")):
        flash("这批码刚才已经做好，只显示那一次。没印到就停用它们：停发这批券，另建一批")
        return redirect(url_for("console.coupon_batch", batch_id=batch_id), 303)
    made = service.print_codes(batch_id, count, by=actor().audit_name)
    return _sheet(batch, made, is_once=True)


def _is_first(batch_id: int, key: str) -> bool:
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise BadInput(fields={"key": ["刷新页面后再试"]})
    brand_id, client = actor().brand_id, f"staff:{actor().staff_id}"
    name = f"codes:{batch_id}:{key}"
    if idempotency.kept(brand_id=brand_id, client=client, key=name) is not None:
        return False
    idempotency.keep(brand_id=brand_id, client=client, key=name, value="made")
    return True


def _sheet(batch: CouponBatch, made: list[str], *, is_once: bool) -> str:
    printed = [
        PrintedCode(claim_links.in_fours(code), picture(claim_links.link(brand(), code)))
        for code in made
    ]
    return render_template(
        "console/coupons/sheet.html",
        batch=batch,
        sentence=coupon_view.sentence(batch),
        codes=printed,
        is_once=is_once,
    )


def _no_link(batch: CouponBatch) -> Response:
    flash("这批券不开放自领，先在「库存与限制」里打开")
    answer: Response = make_response(
        redirect(url_for("console.coupon_batch", batch_id=batch.id), 303)
    )
    return answer
