"""The cookies of the two faces, and the guard that turns one into an actor."""

from __future__ import annotations

from flask import Response, current_app, g, request

from app.brands import service as brands
from app.core import db
from app.core.errors import Forbidden
from app.core.policy import ANYONE
from app.core.web import Guard
from app.staff import service
from app.staff.models import ABSOLUTE, Face, Role

ROLES = {
    Face.CONSOLE: (Role.ADMIN, Role.MARKETER, Role.REGION_MANAGER, Role.STORE_MANAGER),
    Face.GUIDE: (Role.GUIDE, Role.STORE_MANAGER),
}
OPEN_ENDPOINTS = ("login", "static")


def cookie_name(face: Face) -> str:
    """`__Host-` on https; two names, so that both faces work side by side in one browser."""
    prefix = "__Host-" if current_app.config["SESSION_COOKIE_SECURE"] else ""
    return f"{prefix}huike_{face}"


def sign_in_guard(face: Face) -> Guard:
    """A guard that loads the actor of this face into `g.actor` and her brand into `g.brand`."""

    def guard() -> str:
        if (request.endpoint or "").rpartition(".")[2] in OPEN_ENDPOINTS:
            return ANYONE
        actor = service.actor(request.cookies.get(cookie_name(face), ""), face)
        g.actor, g.brand = actor, brands.get(actor.brand_id)
        if actor.role not in ROLES[face]:
            raise Forbidden()
        return actor.role

    return guard


def set_session_cookie(response: Response, face: Face, token: str) -> None:
    """Signed in: the browser keeps the opaque token, nothing else."""
    response.set_cookie(
        cookie_name(face),
        token,
        max_age=int(ABSOLUTE.total_seconds()),
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
        path="/",
    )


def clear_session_cookie(response: Response, face: Face) -> None:
    """Signed out."""
    response.delete_cookie(cookie_name(face), path="/")


def sign_in(account: str, password: str, face: Face) -> str:
    """Sign in, counting a failure in a transaction of its own. For `@steps` views.

    Raises WrongPassword, TooManyTries.
    """
    address = request.remote_addr or ""
    try:
        with db.transaction():
            return service.sign_in(account, password, face, address)
    except service.WrongPassword:
        with db.transaction():
            service.count_failure(*service.keys_of(account, address))
        raise
