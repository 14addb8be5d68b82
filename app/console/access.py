"""Who may open the console's pages, and what the guard found out about her."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import Blueprint, Response, abort, g, redirect, request, url_for

from app.brands.models import Brand
from app.core.errors import NotSignedIn
from app.core.policy import NoPolicy, Scope, View, allow
from app.staff.models import ALL_STORES, Face, Role
from app.staff.service import Actor
from app.staff.web import ROLES, sign_in_guard

HEADQUARTERS = (Role.ADMIN, Role.MARKETER)
CONSOLE_ROLES = ROLES[Face.CONSOLE]

door = Blueprint(
    "console_door",
    __name__,
    url_prefix="/console",
    static_folder="static",
    template_folder="templates",
)
pages = Blueprint("console", __name__, url_prefix="/console")

_find_actor = sign_in_guard(Face.CONSOLE)


def guard() -> str:
    """Let signed-in brand staff pass; send everybody else to the login page and back."""
    try:
        role = _find_actor()
    except NotSignedIn:
        abort(_to_login())
    if _must_first_secure() and not (request.endpoint or "").startswith("console.account"):
        abort(_to(url_for("console.account")))
    return role


def _must_first_secure() -> bool:
    """A password somebody else knows, or no codes where the brand wants them."""
    needs_codes = actor().role in HEADQUARTERS and brand().settings.get("codes_required", False)
    return actor().must_change_password or (needs_codes and not actor().has_codes)


def _to_login() -> Response:
    """htmx follows a header, a browser a redirect; only a page is worth coming back to."""
    is_part = "HX-Request" in request.headers
    back = request.full_path.rstrip("?") if request.method == "GET" and not is_part else None
    return _to(url_for("console_door.login", next=back))


def _to(page: str) -> Response:
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": page})
    return cast(Response, redirect(page))


def actor() -> Actor:
    """Who is signed in here."""
    return cast(Actor, g.actor)


def brand() -> Brand:
    """The brand she works for."""
    return cast(Brand, g.brand)


def only(*roles: Role, scope: Scope | None = None) -> Callable[[View], View]:
    """Keep a page to these roles; the sidebar leaves it out for the others.

    `scope` must be said once a role is among them that does not see the whole brand.
    """
    if scope is None and not set(roles) <= set(ALL_STORES):
        raise NoPolicy(f"say the scope too: {', '.join(roles)} do not all see the whole brand")
    return allow(*roles, scope=scope or Scope.BRAND)


def everybody(view: View) -> View:
    """A page for all who use the console, each with the stores that are hers."""
    return allow(*CONSOLE_ROLES, scope=Scope.STORES)(view)
