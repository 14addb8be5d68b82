"""The board of her store, live, and the acts on it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import asked, clock
from app.guides import queries, service
from app.guides.queries import Board
from app.guides.routes.door import bp, brand, guide, here, inside, store_ids
from app.guides.schemas import board_json
from app.stores.models import Store
from app.visits import queries as visits


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
        zone=brand().zoneinfo,
        has_stores=len(store_ids()) > 1,
    )


def _changes(store: Store, after: int, **acted: int | None) -> str:
    shown = queries.board(store, guide(), after=after)
    return render_template("guide/changes.html", board=shown, zone=brand().zoneinfo, **acted)


def _today() -> str:
    return visits.business_day(clock.now()).isoformat()


@bp.post("/visits/<int:visit_id>/<verb>")
def act(visit_id: int, verb: str) -> ResponseReturnValue:
    """claim, release, greet, sample, bought, served, not-today."""
    script_id, key = asked.number("script"), request.form.get("key", "")
    hand_out = service.act(verb, visit_id, guide(), key, script_id)
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
    back = inside(request.form.get("back", ""))
    return redirect(f"{back}?given={given}" if given else back, 303)
