"""The guide's phone: sign in, the board, acts on it, a member's sheet, her own page."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlsplit

import segno
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as form_session
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.brands.models import Brand
from app.core import asked, clock, codes
from app.core.errors import Conflict
from app.core.money import whole_yuan, yuan
from app.core.policy import ANYONE, Scope, allow
from app.core.settings import Settings
from app.core.web import steps
from app.guides import queries, service, words
from app.guides.queries import Board
from app.guides.schemas import board_json
from app.staff import service as staff
from app.staff import web as staff_web
from app.staff.models import Face
from app.staff.service import Actor, bindings, passwords, people
from app.stores import queries as store_queries
from app.stores import service as stores
from app.stores.models import Store
from app.visits import queries as visits

bp = Blueprint(
    "guide",
    __name__,
    url_prefix="/guide",
    static_folder="static",
    template_folder="templates",
)
QUIET_ZONE = 4


class NoStoreYet(Conflict):
    code, title = "no_store_yet", "你还没有门店，让店长把你加进来"


@bp.context_processor
def _for_pages() -> dict[str, Any]:
    settings: Settings = current_app.config["HUIKE"]
    return {
        "words": words,
        "yuan": yuan,
        "whole_yuan": whole_yuan,
        "new_key": codes.code,
        "now": clock.now(),
        "stream_url": settings.stream_url,
        "ways_in": service.ways_in,
    }


_find_actor = staff_web.sign_in_guard(Face.GUIDE)


def guard() -> str:
    """Let a guide in; whose password was given to her changes it first."""
    role = _find_actor()
    is_change = request.endpoint in ("guide.password", "guide.logout")
    if "actor" in g and guide().must_change_password and not is_change:
        abort(cast(Response, redirect(url_for("guide.password"))))
    return role


# Signing in and out


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
    response = cast(Response, redirect(_inside(request.form.get("next", ""))))
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


def _inside(asked: str) -> str:
    """A link must not lead away from the guide's pages, nor back to the login."""
    parts = urlsplit(asked)
    is_page = parts.path.startswith("/guide/") and not parts.path.startswith("/guide/login")
    is_ours = is_page and not (parts.scheme or parts.netloc)
    return asked if is_ours and "\\" not in asked else url_for("guide.board")


# The board


@bp.get("/")
def home() -> ResponseReturnValue:
    """The board is where a guide starts."""
    return redirect(url_for("guide.board"))


@bp.get("/board")
def board() -> ResponseReturnValue:
    """The page, or with `?after=` the cards that changed since, or nothing."""
    after = asked.number("after")
    store = here()
    if after is None:
        return _page(queries.board(store, guide()))
    if request.args.get("day") != _today():
        return "", 204, {"HX-Refresh": "true"}
    return _changes(store, after) if store.board_seq > after else ("", 204)


@bp.get("/board.json")
def board_as_json() -> ResponseReturnValue:
    """The same for machines."""
    after = asked.number("after") or 0
    return board_json(queries.board(here(), guide(), after=after))


def _page(shown: Board) -> str:
    return render_template(
        "guide/board.html",
        board=shown,
        actor=guide(),
        today=_today(),
        zone=_brand().zoneinfo,
        has_stores=len(_store_ids()) > 1,
    )


def _changes(store: Store, after: int, **acted: int | None) -> str:
    shown = queries.board(store, guide(), after=after)
    return render_template("guide/changes.html", board=shown, zone=_brand().zoneinfo, **acted)


# Acts


@bp.post("/visits/<int:visit_id>/<verb>")
def act(visit_id: int, verb: str) -> ResponseReturnValue:
    """claim, release, greet, sample, bought, served, not-today."""
    hand_out = service.act(verb, visit_id, guide(), request.form.get("key", ""))
    return _answer(visit_id, given=hand_out)


@bp.post("/visits/<int:visit_id>/sample/<int:hand_out_id>/undo")
def undo_sample(visit_id: int, hand_out_id: int) -> ResponseReturnValue:
    """Within ten minutes."""
    service.take_back_sample(visit_id, hand_out_id, guide())
    return _answer(visit_id, given=None)


def _answer(visit_id: int, *, given: int | None) -> ResponseReturnValue:
    """Changed cards for the board's script; for a plain form, the page it came from."""
    if request.headers.get("HX-Request"):
        after = request.form.get("after", default=0, type=int)
        return _changes(here(), after, visit_id=visit_id, given=given)
    back = _inside(request.form.get("back", ""))
    return redirect(f"{back}?given={given}" if given else back, 303)


# A member, the store's code, her own page


@bp.get("/members/<int:member_id>")
def member(member_id: int) -> ResponseReturnValue:
    """One sheet for the counter."""
    found = queries.sheet(member_id, here(), guide())
    given = asked.number("given")
    return render_template("guide/member.html", sheet=found, zone=_brand().zoneinfo, given=given)


@bp.get("/code")
def store_code() -> ResponseReturnValue:
    """The store's code, to be shown or printed."""
    store = here()
    ready = [code for code in store_queries.codes_of(store.id) if code.url]
    shown = [(code.place, _picture(code.url)) for code in ready if code.url]
    return render_template("guide/code.html", store=store, codes=shown)


def _picture(url: str) -> Markup:
    """Never `segno.make`: it draws short texts as Micro QR, which many phones cannot read."""
    drawn = segno.make_qr(url, error="m").svg_inline(
        border=QUIET_ZONE, light="#fff", dark="#000", omitsize=True, svgclass=None, lineclass=None
    )
    return Markup(drawn)  # noqa: S704 - segno writes numbers and our two colours, no text


@bp.get("/me")
def me() -> ResponseReturnValue:
    """Who is signed in, her stores, the way out."""
    mine = store_queries.by_ids(_store_ids())
    return render_template(
        "guide/me.html",
        actor=guide(),
        store=here(),
        stores=mine.values(),
        ways=bindings.ways(),
        bound=bindings.bound(guide().staff_id),
        zone=_brand().zoneinfo,
    )


@bp.post("/store")
def choose_store() -> ResponseReturnValue:
    """Work in another of her stores. Raises NoStore."""
    chosen = request.form.get("store_id", default=0, type=int)
    if chosen not in _store_ids():
        raise stores.NoStore()
    form_session["store_id"] = chosen
    return redirect(url_for("guide.board"), 303)


def guide() -> Actor:
    """Who works on this phone."""
    return cast(Actor, g.actor)


def _brand() -> Brand:
    return cast(Brand, g.brand)


def _today() -> str:
    return visits.business_day(clock.now()).isoformat()


def _store_ids() -> list[int]:
    return sorted(guide().store_ids or ())


def here() -> Store:
    """The store asked for, else the one she chose, else her first. Raises NoStore."""
    mine = _store_ids()
    if not mine:
        raise NoStoreYet()
    wanted = asked.number("store")
    if wanted is not None and wanted not in mine:
        raise stores.NoStore()
    chosen = form_session.get("store_id")
    return stores.get(wanted or (chosen if chosen in mine else mine[0]))
