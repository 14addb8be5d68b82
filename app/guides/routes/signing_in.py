"""Signing in and out, and a password of her own."""

from __future__ import annotations

from typing import cast

from flask import Response, redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from app.core.policy import ANYONE, Scope, allow
from app.core.web import steps
from app.guides.routes.door import bp, guide, inside
from app.staff import service as staff
from app.staff import web as staff_web
from app.staff.models import Face
from app.staff.service import passwords, people
from app.visits import service as visits


@bp.route("/login", methods=["GET", "POST"])
@allow(ANYONE, scope=Scope.NOTHING)
@steps
def login() -> ResponseReturnValue:
    """The form, and what it sends; a refusal shows the form again with the reason."""
    if request.method == "GET":
        return render_template("guide/login.html")
    try:
        signed_in = _signed_in()
    except staff.CodeNeeded as needed:
        return render_template("guide/login.html", half=staff_web.carried(needed.half))
    response = cast(Response, redirect(inside(request.form.get("next", ""))))
    staff_web.keep(response, Face.GUIDE, signed_in)
    return response


def _signed_in() -> staff.SignedIn:
    given = request.form
    if "half" in given:
        return staff_web.finish(given["half"], given.get("code", ""), Face.GUIDE)
    account, password = given.get("account", "").strip(), given.get("password", "")
    return staff_web.sign_in(account, password, Face.GUIDE)


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session here and on the server."""
    visits.hand_over(guide().staff_id)
    staff.sign_out(request.cookies.get(staff_web.cookie_name(Face.GUIDE), ""))
    form_session.pop("store_id", None)
    response = cast(Response, redirect(url_for("guide.login")))
    staff_web.clear_session_cookie(response, Face.GUIDE)
    return response


@bp.route("/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    """A password of her own. Raises NotYourPassword, WeakPassword."""
    if request.method == "GET":
        return render_template("guide/password.html")
    person = people.get(guide().staff_id)
    current, new = request.form.get("current", ""), request.form.get("password", "")
    mine = guide().session_hash
    try:
        passwords.change(person, current=current, new=new, session_hash=mine)
    except (passwords.NotYourPassword, passwords.WeakPassword) as wrong:
        return render_template("guide/password.html", refusal=wrong.title), wrong.status
    response = cast(Response, redirect(url_for("guide.board")))
    staff_web.renew(response, Face.GUIDE, person)
    return response
