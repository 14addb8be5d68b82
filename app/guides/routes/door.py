"""The guide's door: who may come in, who works on this phone and in which store, where it goes."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, current_app, g, redirect, request, url_for
from flask import session as form_session

from app.brands.models import Brand
from app.core import asked, clock, codes
from app.core.errors import Conflict
from app.core.money import whole_yuan, yuan
from app.core.settings import Settings
from app.guides import covers, service, tasks, words
from app.members.service import measures
from app.staff import web as staff_web
from app.staff.models import Face
from app.staff.service import Actor
from app.stores import service as stores
from app.stores.models import Store

bp = Blueprint(
    "guide",
    "app.guides",
    url_prefix="/guide",
    static_folder="static",
    template_folder="templates",
)


class NoStoreYet(Conflict):
    code, title = "no_store_yet", "你还没有门店，让店长把你加进来"


@bp.context_processor
def _for_pages() -> dict[str, Any]:
    settings: Settings = current_app.config["HUIKE"]
    return {
        "words": words,
        "plain": measures.plain,
        "yuan": yuan,
        "whole_yuan": whole_yuan,
        "new_key": codes.code,
        "now": clock.now(),
        "stream_url": settings.stream_url,
        "ways_in": service.ways_in,
        "tasks_due": _tasks_due,
        "away_in": covers.away_in,
        "away_of": covers.away_of,
    }


def _tasks_due() -> int:
    """How many of her tasks are for today: a quiet figure in the bottom bar."""
    return tasks.due_today(guide(), brand().zoneinfo)


_find_actor = staff_web.sign_in_guard(Face.GUIDE)


def guard() -> str:
    """Let a guide in; whose password was given to her changes it first."""
    role = _find_actor()
    is_change = request.endpoint in ("guide.password", "guide.logout")
    if "actor" in g and guide().must_change_password and not is_change:
        abort(cast(Response, redirect(url_for("guide.password"))))
    return role


def guide() -> Actor:
    """Who works on this phone."""
    return cast(Actor, g.actor)


def brand() -> Brand:
    return cast(Brand, g.brand)


def store_ids() -> list[int]:
    return sorted(guide().store_ids or ())


def here() -> Store:
    """The store asked for, else the one she chose, else her first. Raises NoStore."""
    mine = store_ids()
    if not mine:
        raise NoStoreYet()
    wanted = asked.number("store")
    if wanted is not None and wanted not in mine:
        raise stores.NoStore()
    chosen = form_session.get("store_id")
    return stores.get(wanted or (chosen if chosen in mine else mine[0]))


def inside(asked: str) -> str:
    """A link must not lead away from the guide's pages, nor back to the login."""
    parts = urlsplit(asked)
    is_page = parts.path.startswith("/guide/") and not parts.path.startswith("/guide/login")
    is_ours = is_page and not (parts.scheme or parts.netloc)
    return asked if is_ours and "\\" not in asked else url_for("guide.board")
