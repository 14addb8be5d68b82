"""接口密钥: the keys of tills, ERP and call centres; a secret is shown once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import actor, only, pages
from app.core import clock
from app.pos import service as machines
from app.pos.models import ApiKey, ApiScope
from app.pos.service.keys import LONGEST_NAME, MOST_PER_MINUTE, PER_MINUTE
from app.staff.models import Role
from app.stores import queries as stores

SCOPES = {
    ApiScope.MEMBERS_READ: "查会员：会员号、等级、积分",
    ApiScope.MEMBERS_CONTACT: "会员的名字和打码手机号",
    ApiScope.CONTACTS_WRITE: "写沟通：电话、短信、邮件",
    ApiScope.LEADS_WRITE: "写线索：看过、加购没买，派给导购",
    ApiScope.GOODS_WRITE: "写商品：价格、门店库存",
    ApiScope.TILL: "收银：认会员、算优惠、核销",
    ApiScope.ORDERS_WRITE: "写订单：销售、退货、更正、日对账",
}


@dataclass(frozen=True)
class Shown:
    """A key in the list."""

    id: int
    name: str
    store: str
    public_id: str
    scopes: tuple[str, ...]
    per_minute: int
    last_used_at: datetime | None
    word: str
    tone: str
    is_living: bool


@pages.get("/api-keys")
@only(Role.ADMIN)
def api_keys() -> ResponseReturnValue:
    """The list, and the form for another."""
    return _page({}, {"per_minute": str(PER_MINUTE)}, [])


@pages.post("/api-keys")
@only(Role.ADMIN)
def api_key_add() -> ResponseReturnValue:
    """A new key; its secret stands on the answer and nowhere else."""
    form, scopes = request.form, request.form.getlist("scopes")
    try:
        made = machines.add_key(
            actor(),
            name=form.get("name", ""),
            scopes=scopes,
            per_minute=form.get("per_minute", 0, type=int),
            store_id=form.get("store", type=int),
        )
    except machines.BadKey as wrong:
        errors = {field: whys[0] for field, whys in wrong.extra["fields"].items()}
        return _page(errors, form.to_dict(), scopes), 422
    return _once(made)


@pages.post("/api-keys/<int:key_id>/rotated")
@only(Role.ADMIN)
def api_key_rotate(key_id: int) -> ResponseReturnValue:
    """Another secret; the one before holds a day longer."""
    return _once(machines.rotate_key(actor(), key_id))


@pages.post("/api-keys/<int:key_id>/revoked")
@only(Role.ADMIN)
def api_key_revoke(key_id: int) -> ResponseReturnValue:
    """It opens nothing any more."""
    flash(f"「{machines.revoke_key(actor(), key_id).name}」停用了，下一个请求起就被拒绝")
    return redirect(url_for("console.api_keys"))


def _page(errors: dict[str, str], form: dict[str, str], chosen: list[str]) -> str:
    names = {store.id: store.name for _, group in stores.tree() for store in group}
    return render_template(
        "console/api_keys/page.html",
        keys=[_shown(key, names) for key in machines.all_keys()],
        stores=names,
        scopes=SCOPES,
        errors=errors,
        form=form,
        chosen=chosen,
        longest_name=LONGEST_NAME,
        most=MOST_PER_MINUTE,
    )


def _once(made: machines.NewKey) -> ResponseReturnValue:
    response = make_response(render_template("console/api_keys/made.html", made=made))
    response.headers["Cache-Control"] = "no-store"
    return response


def _shown(key: ApiKey, stores: dict[int, str]) -> Shown:
    is_changing = key.previous_until is not None and key.previous_until > clock.now()
    word, tone = ("两把都能用", "is-warn") if is_changing else ("在用", "is-done")
    if key.revoked_at:
        word, tone = "停用了", ""
    return Shown(
        id=key.id,
        name=key.name,
        store=stores.get(key.store_id or 0, ""),
        public_id=key.public_id,
        scopes=tuple(SCOPES[ApiScope(scope)] for scope in key.scopes),
        per_minute=key.per_minute,
        last_used_at=key.last_used_at,
        word=word,
        tone=tone,
        is_living=key.revoked_at is None,
    )
