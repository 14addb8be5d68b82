"""Signing in and out. Which part of account and password was wrong is never told."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import door
from app.core.errors import AppError
from app.core.web import steps
from app.staff import service as staff
from app.staff import web as staff_web
from app.staff.models import Face


@door.get("/login")
def login() -> ResponseReturnValue:
    """The form; whoever is signed in already may sign in as somebody else."""
    return _form()


@door.post("/login")
@steps
def sign_in() -> ResponseReturnValue:
    """Open a session and go where she wanted to go; with codes set up, ask for one first."""
    account = request.form.get("account", "").strip()
    missing = _missing()
    if missing:
        return _form(account, errors=missing), 422
    try:
        signed_in = _signed_in(account)
    except staff.CodeNeeded as needed:
        return _form(account, half=staff_web.carried(needed.half))
    except (staff.WrongPassword, staff.WrongCode, staff.TooManyTries) as refused:
        return _refused(account, refused)
    response = make_response(redirect(_inside(request.form.get("next", ""))))
    staff_web.keep(response, Face.CONSOLE, signed_in)
    return response


def _signed_in(account: str) -> staff.SignedIn:
    given = request.form
    if "half" in given:
        return staff_web.finish(given["half"], given.get("code", ""), Face.CONSOLE)
    return staff_web.sign_in(account, given.get("password", ""), Face.CONSOLE)


def _refused(account: str, refused: AppError) -> ResponseReturnValue:
    half = request.form.get("half")
    response = make_response(_form(account, refusal=refused.title, half=half), refused.status)
    if "retry_after" in refused.extra:
        response.headers["Retry-After"] = str(refused.extra["retry_after"])
    return response


@door.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session on the server, then forget it here."""
    token = request.cookies.get(staff_web.cookie_name(Face.CONSOLE))
    if token:
        staff.sign_out(token)
    response = make_response(redirect(url_for("console_door.login")))
    staff_web.clear_session_cookie(response, Face.CONSOLE)
    return response


def _form(
    account: str = "",
    *,
    errors: dict[str, str] | None = None,
    refusal: str | None = None,
    half: str | None = None,
) -> str:
    return render_template(
        "console/login.html",
        account=account,
        errors=errors or {},
        refusal=refusal,
        half=half,
        next=request.values.get("next", ""),
    )


def _missing() -> dict[str, str]:
    password_step = {"account": "填账号，写成 名字@品牌", "password": "填密码"}
    asked = {"code": "填 6 位验证码"} if "half" in request.form else password_step
    return {name: words for name, words in asked.items() if not request.form.get(name, "").strip()}


def _inside(asked: str) -> str:
    """Only a page of the console is a place to go back to: a link must not lead away."""
    parts = urlsplit(asked)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/console/")
    return asked if is_ours and "\\" not in asked else url_for("console.today")
