"""微信登录 and 企业微信登录 on the guide's phone: signing in so, binding, letting go."""

from __future__ import annotations

from typing import cast

from flask import Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import db
from app.core.errors import AppError
from app.core.policy import ANYONE, Scope, View, allow
from app.core.web import steps
from app.guides.routes.door import bp
from app.staff import rounds_web
from app.staff import service as staff
from app.staff import web as staff_web
from app.staff.models import Face, Way
from app.staff.service import Actor, bindings


def own(view: View) -> View:
    """About herself alone."""
    return allow(*staff_web.ROLES[Face.GUIDE], scope=Scope.SELF)(view)


@bp.post("/login/<any(wechat,wecom):way>")
@allow(ANYONE, scope=Scope.NOTHING)
@steps
def login_by_name(way: str) -> ResponseReturnValue:
    """Off to WeChat, which says who she is."""
    try:
        with db.transaction():
            account = request.form.get("account", "")
            begun = bindings.begin_sign_in(Way(way), account, request.remote_addr or "")
    except AppError as refused:
        return _login_page(refused)
    return rounds_web.to_wechat(begun, "guide.login_by_name_back")


@bp.get("/login/<any(wechat,wecom):way>/back")
@allow(ANYONE, scope=Scope.NOTHING)
@steps
def login_by_name_back(way: str) -> ResponseReturnValue:
    """She is who WeChat says, or the login page tells her what to do."""
    try:
        signed_in = _signed_in(Way(way))
    except staff.CodeNeeded as needed:
        return render_template("guide/login.html", half=staff_web.carried(needed.half))
    except AppError as refused:
        return _login_page(refused)
    # Always the board: an address that travels through WeChat cannot lead anywhere else.
    response = cast(Response, redirect(url_for("guide.board")))
    staff_web.keep(response, Face.GUIDE, signed_in)
    return response


def _signed_in(way: Way) -> staff.SignedIn:
    at, name = rounds_web.who_came_back(way)
    with db.transaction():
        return staff.sign_in_by_name(at, name, Face.GUIDE, staff_web.browser_here())


def _login_page(refused: AppError) -> ResponseReturnValue:
    return render_template("guide/login.html", refusal=refused.title), refused.status


@bp.post("/me/<any(wechat,wecom):way>")
@own
@steps
def bind(way: str) -> ResponseReturnValue:
    """Off to WeChat, to show who she is there. Raises AlreadyBound, NoAccount, NoCorp."""
    me = _me()
    with db.transaction(me.brand_id):
        begun = bindings.begin_binding(Way(way), me.staff_id)
    return rounds_web.to_wechat(begun, "guide.bind_back")


@bp.get("/me/<any(wechat,wecom):way>/back")
@own
@steps
def bind_back(way: str) -> ResponseReturnValue:
    """Bound to whoever is signed in here and began it. Raises NoRound, NameTaken."""
    me = _me()
    at, name = rounds_web.who_came_back(Way(way), me.staff_id)
    with db.transaction(me.brand_id):
        bindings.bind(me.staff_id, at.way, name)
    return redirect(url_for("guide.me"))


@bp.post("/me/<any(wechat,wecom):way>/unbind")
@own
def unbind(way: str) -> ResponseReturnValue:
    """From now on she signs in with her password."""
    bindings.unbind(_me().staff_id, Way(way))
    return redirect(url_for("guide.me"), 303)


def _me() -> Actor:
    return cast(Actor, g.actor)
