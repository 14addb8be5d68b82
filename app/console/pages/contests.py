"""PK: made, started, watched live, and closed with a result that stays."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import actor, everybody, pages
from app.contests import queries, service, words
from app.contests.models import Metric
from app.core import clock
from app.credit.words import version
from app.staff import queries as staff
from app.stores import queries as stores
from app.tasks import queries as tasks

LONGEST_TEAM = 16
STATES = {
    "draft": ("草稿", ""),
    "running": ("进行中", "is-running"),
    "closed": ("已封榜", "is-done"),
}


@pages.get("/contests")
@everybody
def contests() -> ResponseReturnValue:
    """Those of her stores, and the form for another."""
    return _page()


@pages.post("/contests")
@everybody
def contest_make() -> ResponseReturnValue:
    """A draft; what is missing is said on the page."""
    try:
        made = _make()
    except service.NotAContest as refused:
        return _page(refused.title), refused.status
    return redirect(url_for("console.contest", contest_id=made), 303)


def _make() -> int:
    sent = request.form
    players = {
        int(who): sent.get(f"team-{who}", "").strip()[:LONGEST_TEAM] or None
        for who in sent.getlist("player")
        if who.isascii() and who.isdigit()
    }
    try:
        days = date.fromisoformat(sent["first"]), date.fromisoformat(sent["last"])
        metric = Metric(sent["metric"])
    except (KeyError, ValueError):
        raise service.NotAContest() from None
    made = service.make(
        name=sent.get("name", "")[:32],
        metric=metric,
        prize=sent.get("prize", "")[:64],
        days=days,
        players=players,
        actor=actor(),
    )
    return made.id


@pages.get("/contests/<int:contest_id>")
@everybody
def contest(contest_id: int) -> ResponseReturnValue:
    """How it stands now, or the result. Raises NoContest."""
    held = service.visible(contest_id, actor())
    return render_template(
        "console/contests/one.html",
        held=held,
        metric=Metric(held.metric),
        sides=queries.standing(held, tasks.given),
        names=staff.names(),
        stores=stores.by_ids(queries.store_ids_of(held.id)).values(),
        text=words,
        state=STATES[held.state],
        version=version,
        is_over=clock.now() >= held.ends_at,
    )


@pages.post("/contests/<int:contest_id>/start")
@everybody
def contest_start(contest_id: int) -> ResponseReturnValue:
    """Its players see it. Raises NoContest, HasBegun."""
    service.start(contest_id, actor())
    flash("开始了，参加的人在手机「我的」里能看到")
    return redirect(url_for("console.contest", contest_id=contest_id), 303)


@pages.post("/contests/<int:contest_id>/close")
@everybody
def contest_close(contest_id: int) -> ResponseReturnValue:
    """The result is written once. Raises NoContest, NotOver."""
    service.close(contest_id, actor(), tasks.given)
    flash("封榜了，结果不再变")
    return redirect(url_for("console.contest", contest_id=contest_id), 303)


def _page(refusal: str = "") -> str:
    return render_template(
        "console/contests/list.html",
        contests=queries.contests(actor().store_ids),
        guides=queries.guides(actor().store_ids),
        metrics=words.METRICS,
        states=STATES,
        refusal=refusal,
        sent=request.form,
    )
