"""核销 on the guide's phone: scan her code, type the sum, use the best of what she holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.benefits import presence, redeem
from app.benefits import service as benefits
from app.benefits.models import Checkout, CheckoutState
from app.benefits.redeem import Asked, AskedLine
from app.benefits.redeem.written import Written
from app.benefits.service import Benefits
from app.core import clock, money
from app.core.errors import AppError, BadInput
from app.guides.routes.door import bp, guide, here
from app.guides.routes.scanning import is_in_wechat, may_scan
from app.members import service as people
from app.members.models import Member
from app.orders.service import LONGEST_NO
from app.points import queries as points
from app.points.queries import Standing

NO_SKU = "—"  # goods that nobody named: only their price counts
MOST_GOODS = 20


class NoAmount(BadInput):
    code, title = "no_amount", "金额写成 418.00 这样，最多两位小数"


@dataclass(frozen=True)
class Counter:
    """She stands before the guide with what is to be bought."""

    token: str
    member: Member
    standing: Standing
    held: Benefits
    goods: list[tuple[str, str]]  # SKU and amount, as they were typed

    @property
    def is_filled(self) -> bool:
        """Whether a sum was typed."""
        return any(amount for _, amount in self.goods)

    @property
    def shown_name(self) -> str:
        """How the guide greets her."""
        return people.shown_name(self.member)

    @property
    def phone(self) -> str:
        """Masked."""
        return people.masked_phone(self.member) if self.member.phone_encrypted else ""


@bp.get("/redeem")
def redeem_start() -> ResponseReturnValue:
    """Scan or type her code."""
    return _scanning("")


@bp.post("/redeem")
def redeem_scan() -> ResponseReturnValue:
    """Her code leads to the counter; a refusal says what she should do."""
    text = request.form.get("code", "").replace(" ", "").strip()
    try:
        opened = presence.by_code(text, store_id=here().id, opened_by=guide().audit_name)
    except AppError as refused:
        response = _scanning(refused.title)
        response.status_code = refused.status
        return response
    return redirect(url_for("guide.redeem_counter", token=opened.token), 303)


def _scanning(refusal: str) -> Response:
    page = render_template("guide/redeem/scan.html", refusal=refusal, in_wechat=is_in_wechat())
    return may_scan(make_response(page))


@bp.get("/redeem/<token>")
def redeem_counter(token: str) -> ResponseReturnValue:
    """What she holds and, once the sum is typed, what is to be paid."""
    counter = _counter(token)
    if "more" in request.args:
        return _page(replace(counter, goods=[*counter.goods, ("", "")]))
    if not counter.is_filled:
        return _page(counter)
    try:
        priced = redeem.price(_asked(counter), clock.now())
    except BadInput as wrong:
        return _page(counter, refusal=wrong.title), wrong.status
    return _page(counter, quote=redeem.written(priced))


def _page(counter: Counter, quote: Written | None = None, refusal: str = "") -> str:
    chosen = {one["coupon_id"] for one in quote["applied"]} if quote else set()
    return render_template(
        "guide/redeem/counter.html",
        counter=counter,
        quote=quote,
        chosen=chosen,
        refusal=refusal,
        wishes_points="points" in request.values,
        store=here(),
    )


@bp.post("/redeem/<token>")
def redeem_confirm(token: str) -> ResponseReturnValue:
    """Use it, once for each key; a price that changed meanwhile is shown again."""
    counter, key = _counter(token), request.form.get("key", "")
    if not 8 <= len(key) <= 40:
        raise BadInput("这一步没有编号，刷新页面后再点一次")
    payable = request.form.get("payable", 0, type=int)
    by = guide()
    try:
        done = redeem.use(
            _asked(counter),
            key=_key(key),
            payable_fen=payable,
            opened_by=by.audit_name,
            staff_id=by.staff_id,
            receipt_no=request.form.get("receipt", "").strip()[:LONGEST_NO] or None,
        )
    except redeem.PriceChanged as changed:
        return _page(counter, quote=changed.extra["quote"], refusal=changed.title), changed.status
    except (redeem.OthersReceipt, redeem.ReceiptReturned) as wrong:
        priced = redeem.written(redeem.price(_asked(counter), clock.now()))
        return _page(counter, quote=priced, refusal=wrong.title), wrong.status
    return redirect(url_for("guide.redeem_done", token=token, use=done.key.partition(":")[2]), 303)


@bp.get("/redeem/<token>/done")
def redeem_done(token: str) -> ResponseReturnValue:
    """What she saved, and for ten minutes the way back."""
    done = _done()
    is_undone = done.state == CheckoutState.VOIDED
    use = request.args.get("use", "")
    return render_template(
        "guide/redeem/done.html", done=done, undone=is_undone, token=token, use=use
    )


@bp.post("/redeem/<token>/undo")
def redeem_undo(token: str) -> ResponseReturnValue:
    """Within ten minutes. Raises TooLateToTakeBack, NoCheckout."""
    use = request.form.get("use", "")
    redeem.take_back(here().id, _key(use))
    return redirect(url_for("guide.redeem_done", token=token, use=use), 303)


def _done() -> Checkout:
    found = redeem.find(here().id, _key(request.args.get("use", "")))
    if found is None:
        raise redeem.NoCheckout()
    return found


def _key(given: str) -> str:
    """The page's key under the guide's own name: another guide's is another one."""
    return f"guide{guide().staff_id}:{given}"


def _counter(token: str) -> Counter:
    shop = here()
    member = presence.shopper(token, shop.id)
    given = request.values
    typed = list(zip(given.getlist("sku"), given.getlist("amount"), strict=False))[:MOST_GOODS]
    return Counter(
        token=token,
        member=member,
        standing=points.standing(member.id),
        held=benefits.benefits(member.id, shop.id, clock.now()),
        goods=typed or [("", "")],
    )


def _asked(counter: Counter) -> Asked:
    """Raises NoAmount."""
    given = request.values
    only = given.getlist("coupon", type=int) if "chosen" in given else None
    held, goods = counter.held.points, [one for one in counter.goods if one[1]]
    return Asked(
        member_id=counter.member.id,
        store_id=here().id,
        lines=tuple(_line(place, *one) for place, one in enumerate(goods, start=1)),
        points=held.available if held and "points" in given else 0,
        only=None if only is None else frozenset(only),
    )


def _line(place: int, sku: str, amount: str) -> AskedLine:
    fen = money.fen(amount)
    if fen is None:
        raise NoAmount()
    return AskedLine(place, sku.strip()[:32] or NO_SKU, 1, fen)
