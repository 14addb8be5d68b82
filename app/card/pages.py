"""/h5: joining on a web page, without WeChat and without JavaScript. Her phone proves her."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.brands import service as brands
from app.brands.models import Brand
from app.card import agreement, queries
from app.card.look.theme import palettes
from app.card.schemas import JoinByCodeSchema
from app.card.service import texting
from app.card.service.texting import Asker, CodeWish
from app.core import db
from app.core.errors import AppError, BadInput, NotFound
from app.core.web import steps
from app.members import service as members
from app.members.models import Purpose

bp = Blueprint(
    "h5", __name__, url_prefix="/h5", template_folder="templates", static_folder="static"
)
ON = "yes"
CLAIM_CODE = re.compile(r"[2-9A-HJ-NP-Z]{4,32}")
WORD = re.compile(r"[A-Za-z0-9_-]{1,32}")
FIELDS = JoinByCodeSchema(only=("phone", "code", "agreement", "store"), partial=True)


class NoPage(NotFound):
    code, title = "no_page", "没有这个页面，请店员给您新的链接"


@dataclass(frozen=True)
class Shown:
    """What stands beside the form."""

    brand: Brand
    store_name: str | None
    agreement: agreement.Agreement
    marketing: str
    phone: str


@bp.get("/<slug>/join")
@steps
def join_page(slug: str) -> ResponseReturnValue:
    """The empty form; a store's link carries its code."""
    return _page(_brand(slug), _typed(request.args.get("store", "")))


@bp.post("/<slug>/join/code")
@steps
def send_code(slug: str) -> ResponseReturnValue:
    """Have a code sent to the phone in the form."""

    def act(asker: Asker, wish: CodeWish) -> ResponseReturnValue:
        sent = texting.ask(asker, wish.phone)
        return _page(_brand(slug), wish, sent=sent)

    return _tried(slug, act)


@bp.post("/<slug>/join")
@steps
def join_by_page(slug: str) -> ResponseReturnValue:
    """Open the card of whoever has the code."""

    def act(asker: Asker, wish: CodeWish) -> ResponseReturnValue:
        was_member = texting.join_without_wechat(asker, wish)
        return render_template("h5/joined.html", brand=_brand(slug), was_member=was_member)

    return _tried(slug, act)


@bp.get("/<slug>/claim/<code>")
@steps
def claim_page(slug: str, code: str) -> ResponseReturnValue:
    """Where a claim link leads outside WeChat: it asks no database about the code, so that nobody
    can try codes here."""
    if CLAIM_CODE.fullmatch(code) is None:
        raise NoPage()
    spaced = " ".join(code[place : place + 4] for place in range(0, len(code), 4))
    return render_template("h5/claim.html", brand=_brand(slug), code=spaced)


@bp.get("/<slug>/colours.css")
@steps
def colours(slug: str) -> ResponseReturnValue:
    """The brand's colours for both modes; no page may carry a style of its own."""
    look = palettes(_brand(slug).color)
    answer = make_response(render_template("h5/colours.css", **look))
    answer.headers["Content-Type"] = "text/css; charset=utf-8"
    return answer


def _tried(slug: str, act: Callable[[Asker, CodeWish], ResponseReturnValue]) -> ResponseReturnValue:
    """What was refused is said above the form, with all that she typed still in it."""
    brand, wish = _brand(slug), _typed(request.form.get("store", ""))
    try:
        _refuse_what_is_no_form()
        return act(Asker(brand.id, request.remote_addr or ""), wish)
    except AppError as refusal:
        return _page(brand, wish, refusal=refusal)


def _refuse_what_is_no_form() -> None:
    """Raises BadInput. An empty code is what a first step brings along."""
    given = {name: request.form[name] for name in FIELDS.fields if request.form.get(name)}
    wrong = FIELDS.validate(given)
    if wrong:
        words = members.NotAPhone.title if "phone" in wrong else members.WrongSmsCode.title
        refusal = BadInput(fields=wrong)
        refusal.title = words
        raise refusal


def _typed(store: str) -> CodeWish:
    form = request.form
    return CodeWish(
        phone=form.get("phone", ""),
        code=form.get("code", ""),
        agreed=form.get("agreed") == ON,
        marketing=form.get("marketing") == ON,
        agreement=form.get("agreement", ""),
        store=store if WORD.fullmatch(store) else "",
    )


def _page(
    brand: Brand,
    wish: CodeWish,
    *,
    sent: texting.Sent | None = None,
    refusal: AppError | None = None,
) -> Response:
    with db.transaction(brand_id=brand.id):
        shown = _shown(brand, wish.store)
    wish = replace(wish, agreement=shown.agreement.version)
    body = render_template("h5/join.html", shown=shown, wish=wish, sent=sent, refusal=refusal)
    answer = make_response(body, refusal.status if refusal else 200)
    if refusal and "retry_after" in refusal.extra:
        answer.headers["Retry-After"] = str(refusal.extra["retry_after"])
    return answer


def _shown(brand: Brand, store_code: str) -> Shown:
    store = queries.store_by_code(store_code) if store_code else None
    return Shown(
        brand,
        store.name if store else None,
        agreement.current(),
        members.current_text(Purpose.MARKETING).text,
        members.current_text(Purpose.PHONE).text,
    )


def _brand(slug: str) -> Brand:
    if WORD.fullmatch(slug) is None:
        raise NoPage()
    with db.transaction():
        try:
            return brands.by_slug(slug)
        except brands.NoSuchBrand:
            raise NoPage() from None
