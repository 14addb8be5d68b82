"""Her own page: who is signed in, her stores, the store's code."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask import session as form_session
from flask.typing import ResponseReturnValue

from app.core import asked, clock
from app.guides.routes.door import bp, brand, guide, here, store_ids
from app.staff.service import bindings
from app.stores import queries as store_queries
from app.stores import service as stores
from app.stores.pictures import picture
from app.visits import queries as visit_queries
from app.visits import service as visits


@bp.get("/code")
def store_code() -> ResponseReturnValue:
    """The store's code, to be shown or printed."""
    store = here()
    ready = [code for code in store_queries.codes_of(store.id) if code.url]
    shown = [(code.place, picture(code.url)) for code in ready if code.url]
    return render_template("guide/code.html", store=store, codes=shown)


@bp.get("/me")
def me() -> ResponseReturnValue:
    """Who is signed in, her stores, the way out."""
    mine = store_queries.by_ids(store_ids())
    return render_template(
        "guide/me.html",
        actor=guide(),
        store=here(),
        stores=mine.values(),
        waiting=visit_queries.waiting_by_store(mine, clock.now()),
        handed=asked.number("handed"),
        ways=bindings.ways(),
        bound=bindings.bound(guide().staff_id),
        zone=brand().zoneinfo,
    )


@bp.post("/shift/end")
def end_shift() -> ResponseReturnValue:
    """交班: her open claims are her colleagues' at once; she stays signed in."""
    freed = visits.hand_over(guide().staff_id)
    return redirect(url_for("guide.me", handed=freed), 303)


@bp.post("/store")
def choose_store() -> ResponseReturnValue:
    """Work in another of her stores. Raises NoStore."""
    chosen = request.form.get("store_id", default=0, type=int)
    if chosen not in store_ids():
        raise stores.NoStore()
    form_session["store_id"] = chosen
    return redirect(url_for("guide.board"), 303)
