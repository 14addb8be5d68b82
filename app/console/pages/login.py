"""Signing in and out. Which part of account and password was wrong is never told."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import door
from app.staff import service as staff
from app.staff import web as staff_web
from app.staff.models import Face


@door.get("/login")
def login() -> ResponseReturnValue:
    """The form; whoever is signed in already may sign in as somebody else."""
    return _form()


@door.post("/login")
def sign_in() -> ResponseReturnValue:
    """Open a session and go where she wanted to go."""
    account = request.form.get("account", "").strip()
    password = request.form.get("password", "")
    missing = _missing(account, password)
    if missing:
        return _form(account, errors=missing), 422
    address = request.remote_addr or ""
    try:
        token = staff.sign_in(account, password, Face.CONSOLE, address)
    except staff.WrongPassword as refused:
        staff.count_failure(*staff.keys_of(account, address))
        return _form(account, refusal=refused.title), refused.status
    except staff.TooManyTries as refused:
        return _form(account, refusal=refused.title), refused.status
    response = make_response(redirect(_inside(request.form.get("next", ""))))
    staff_web.set_session_cookie(response, Face.CONSOLE, token)
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
    account: str = "", *, errors: dict[str, str] | None = None, refusal: str | None = None
) -> str:
    asked = request.values.get("next", "")
    return render_template(
        "console/login.html", account=account, errors=errors or {}, refusal=refusal, next=asked
    )


def _missing(account: str, password: str) -> dict[str, str]:
    asked = {"account": (account, "填账号，写成 名字@品牌"), "password": (password, "填密码")}
    return {name: words for name, (value, words) in asked.items() if not value}


def _inside(asked: str) -> str:
    """Only a page of the console is a place to go back to: a link must not lead away."""
    parts = urlsplit(asked)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/console/")
    return asked if is_ours and "\\" not in asked else url_for("console.today")
