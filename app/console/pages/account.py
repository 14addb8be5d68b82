"""账号与安全: her own password, the codes of her phone, and where she is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import segno
from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.console.access import CONSOLE_ROLES, actor, brand, pages
from app.core import audit
from app.core.errors import BadInput
from app.core.policy import Scope, View, allow
from app.staff import web as staff_web
from app.staff.models import Face, Staff, StaffSession
from app.staff.service import passwords, people, sessions, totp

FACES = {Face.CONSOLE: "控制台", Face.GUIDE: "导购手机"}
# What a browser calls itself, by the first word of it that is there.
AGENTS = {"MicroMessenger": "微信", "Edg": "Edge", "Firefox": "Firefox", "Chrome": "Chrome"}
MACHINES = {"iPhone": "iPhone", "Android": "安卓", "Mac OS": "Mac", "Windows": "Windows"}


@dataclass(frozen=True)
class Shown:
    """A browser she is signed in with."""

    number: str
    what: str
    opened_at: datetime
    seen_at: datetime
    is_this: bool


def own(view: View) -> View:
    """A page about herself."""
    return allow(*CONSOLE_ROLES, scope=Scope.SELF)(view)


@pages.get("/account")
@own
def account() -> ResponseReturnValue:
    """The page."""
    return _page()


@pages.post("/account/password")
@own
def account_password() -> ResponseReturnValue:
    """A new password; every other browser of hers is signed out."""
    current, new = request.form.get("current", ""), request.form.get("password", "")
    person = _myself()
    try:
        mine = actor().session_hash
        passwords.change(person, current=current, new=new, session_hash=mine)
    except (passwords.NotYourPassword, passwords.WeakPassword) as wrong:
        return _page(errors=_first_of_each(wrong)), wrong.status
    flash("密码改好了，别处的登录都退出了")
    return _back_with_new_session(person)


@pages.post("/account/codes")
@own
def account_codes() -> ResponseReturnValue:
    """A QR code for her phone; it counts once she typed a code of it."""
    person = _myself()
    if person.totp_confirmed_at is not None:
        return redirect(url_for("console.account"))
    return _page(picture=_picture(totp.begin(person)))


@pages.post("/account/codes/confirm")
@own
def account_codes_confirm() -> ResponseReturnValue:
    """Switched on; the recovery codes are shown this once."""
    person = _myself()
    try:
        fresh = totp.confirm(person, request.form.get("code", ""))
    except totp.WrongCode as wrong:
        address = totp.address_of(person)
        return _page(errors={"code": wrong.title}, picture=_picture(address)), 422
    _note("staff.codes_on", person)
    response = make_response(_page(recovery=fresh))
    _renew(response, person)
    return response


@pages.post("/account/codes/off")
@own
def account_codes_off() -> ResponseReturnValue:
    """Switched off, by whoever knows the password."""
    person = _myself()
    if not passwords.matches(person, request.form.get("current", "")):
        return _page(errors={"off": passwords.NotYourPassword.title}), 422
    totp.switch_off(person)
    _note("staff.codes_off", person)
    flash("关掉了手机验证码")
    return _back_with_new_session(person)


@pages.post("/account/sessions/<session_number>/end")
@own
def account_session_end(session_number: str) -> ResponseReturnValue:
    """Sign another browser of hers out. Raises NoSession."""
    sessions.end_one(actor().staff_id, session_number)
    flash("那次登录退出了")
    return redirect(url_for("console.account"))


def _page(
    *,
    errors: dict[str, str] | None = None,
    picture: Markup | None = None,
    recovery: list[str] | None = None,
) -> str:
    person = _myself()
    return render_template(
        "console/account/page.html",
        person=person,
        must_change=person.must_change_password,
        must_have_codes=brand().settings.get("codes_required") and not person.totp_confirmed_at,
        codes_left=totp.recovery_codes_left(person),
        sessions=[_shown(each) for each in sessions.of_person(person.id)],
        errors=errors or {},
        picture=picture,
        recovery=recovery,
    )


def _shown(found: StaffSession) -> Shown:
    agent = found.agent or ""
    words = [
        next((word for key, word in table.items() if key in agent), "")
        for table in (AGENTS, MACHINES)
    ]
    return Shown(
        number=sessions.number_of(found),
        what=" · ".join([FACES[found.face], *filter(None, words)]),
        opened_at=found.created_at,
        seen_at=found.seen_at,
        is_this=found.token_hash == actor().session_hash,
    )


def _myself() -> Staff:
    return people.get(actor().staff_id)


def _back_with_new_session(person: Staff) -> ResponseReturnValue:
    response = make_response(redirect(url_for("console.account")))
    _renew(response, person)
    return response


def _renew(response: Response, person: Staff) -> None:
    """What she may do has changed, so her session gets a new id."""
    staff_web.renew(response, Face.CONSOLE, person)


def _note(act: str, person: Staff) -> None:
    audit.record(act, actor=actor().audit_name, subject=f"staff:{person.id}")


def _first_of_each(wrong: BadInput) -> dict[str, str]:
    return {name: told[0] for name, told in wrong.extra["fields"].items()}


def _picture(address: str) -> Markup:
    drawn = segno.make_qr(address, error="m").svg_inline(
        border=4, light="#fff", dark="#000", omitsize=True, svgclass=None, lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - segno writes numbers and our two colours, no text
