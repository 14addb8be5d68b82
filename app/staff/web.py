"""The cookies of the two faces, and the guard that turns one into an actor."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.brands import service as brands
from app.core import db
from app.core.errors import Forbidden, NotSignedIn
from app.core.policy import ANYONE
from app.core.web import Guard
from app.staff import service
from app.staff.models import ABSOLUTE, Face, Role, Staff
from app.staff.service import Browser, Half, SignedIn, sessions
from app.staff.service.devices import REMEMBERED_FOR

ROLES = {
    Face.CONSOLE: (Role.ADMIN, Role.MARKETER, Role.REGION_MANAGER, Role.STORE_MANAGER),
    Face.GUIDE: (Role.GUIDE, Role.STORE_MANAGER, Role.REGION_MANAGER),
}
HALF_SECONDS = 600
UNATTENDED = "X-Unattended"  # sent by pages that refresh by themselves
OPEN_ENDPOINTS = ("login", "static", "login_by_name", "login_by_name_back")


def cookie_name(face: Face) -> str:
    """`__Host-` on https; two names, so that both faces work side by side in one browser."""
    return f"{prefix()}huike_{face}"


def sign_in_guard(face: Face) -> Guard:
    """A guard that loads the actor of this face into `g.actor` and her brand into `g.brand`."""

    def guard() -> str:
        if (request.endpoint or "").rpartition(".")[2] in OPEN_ENDPOINTS:
            return ANYONE
        actor = service.actor(
            request.cookies.get(cookie_name(face), ""),
            face,
            is_attended=UNATTENDED not in request.headers,
        )
        g.actor, g.brand = actor, brands.get(actor.brand_id)
        if actor.role not in ROLES[face]:
            raise Forbidden()
        return actor.role

    return guard


def keep(response: Response, face: Face, signed_in: SignedIn) -> None:
    """The browser keeps the opaque token, and by which it is known again after signing out."""
    set_cookie(response, cookie_name(face), signed_in.token, ABSOLUTE[face])
    set_cookie(response, _device_cookie(), signed_in.device, REMEMBERED_FOR)


def set_cookie(response: Response, name: str, value: str, lasts: timedelta) -> None:
    """One that no script reads and no other site's form carries."""
    response.set_cookie(
        name,
        value,
        max_age=int(lasts.total_seconds()),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
        path="/",
    )


def clear_session_cookie(response: Response, face: Face) -> None:
    """Signed out."""
    response.delete_cookie(
        cookie_name(face),
        path="/",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def sign_in(account: str, password: str, face: Face) -> SignedIn:
    """Sign in, counting a failure in a transaction of its own. For `@steps` views.

    Raises WrongPassword, TooManyTries, CodeNeeded.
    """
    browser = browser_here()
    try:
        with db.transaction():
            return service.sign_in(account, password, face, browser)
    except service.WrongPassword:
        with db.transaction():
            service.count_wrong_password(account, browser)
        raise


def renew(response: Response, face: Face, person: Staff) -> None:
    """A new session in place of the one she has: what it may do has changed."""
    agent = request.headers.get("User-Agent", "")
    service.sign_out(request.cookies.get(cookie_name(face), ""))
    token = sessions.open_for(person, face, agent)
    set_cookie(response, cookie_name(face), token, ABSOLUTE[face])


def carried(half: Half) -> str:
    """Whose password was right, signed, for the form that asks for the code; ten minutes."""
    return _signer().dumps([half.brand_id, half.staff_id, half.version])


def finish(carried_half: str, code: str, face: Face) -> SignedIn:
    """The second step, as `sign_in`. Raises WrongCode, TooManyTries, NotSignedIn."""
    try:
        half = Half(*_signer().loads(carried_half, max_age=HALF_SECONDS))
    except BadSignature:
        raise NotSignedIn() from None
    try:
        with db.transaction():
            return service.finish(half, code, face, browser_here())
    except service.WrongCode:
        with db.transaction():
            service.count_failure(service.code_key(half))
        raise


def browser_here() -> Browser:
    """The browser that asks."""
    return Browser(
        address=request.remote_addr or "",
        device=request.cookies.get(_device_cookie(), ""),
        agent=request.headers.get("User-Agent", ""),
    )


def _device_cookie() -> str:
    return f"{prefix()}huike_device"


def prefix() -> str:
    """Of a cookie's name: on https no other host may set it."""
    return "__Host-" if current_app.config["SESSION_COOKIE_SECURE"] else ""


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="staff.half")
