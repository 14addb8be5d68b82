"""话术: what guides may say, by situation, in versions, with what came of it."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import HEADQUARTERS, actor, only, pages
from app.staff import queries as staff
from app.tasks import bandit, filling, script_queries, words
from app.tasks.models import Situation
from app.tasks.service import scripts as service


@pages.get("/scripts")
@only(*HEADQUARTERS)
def scripts() -> ResponseReturnValue:
    """All of them, by situation."""
    return render_template(
        "console/scripts/list.html",
        scripts=script_queries.everything(),
        situations=words.SITUATIONS,
        new_under=bandit.NEW_UNDER,
    )


@pages.get("/scripts/new")
@only(*HEADQUARTERS)
def scripts_new() -> ResponseReturnValue:
    """A blank one."""
    return _page(None, Situation.JOINED, "")


@pages.post("/scripts/new")
@only(*HEADQUARTERS)
def scripts_add() -> ResponseReturnValue:
    """Its first version."""
    return _write(None)


@pages.get("/scripts/<int:script_id>")
@only(*HEADQUARTERS)
def scripts_one(script_id: int) -> ResponseReturnValue:
    """Its words, its versions."""
    script = script_queries.get(script_id)
    newest = script_queries.versions_of(script_id)[0]
    return _page(script_id, Situation(script.situation), newest.words)


@pages.post("/scripts/<int:script_id>")
@only(*HEADQUARTERS)
def scripts_change(script_id: int) -> ResponseReturnValue:
    """The next version; those before stay."""
    script_queries.get(script_id)
    return _write(script_id)


@pages.post("/scripts/<int:script_id>/switch")
@only(*HEADQUARTERS)
def scripts_switch(script_id: int) -> ResponseReturnValue:
    """Shown to guides, or not."""
    is_on = request.form.get("is_on") == "1"
    service.switch(script_id, actor(), is_on=is_on)
    flash("导购又能看到它" if is_on else "停用了，导购看不到它；用过的记录还在")
    return redirect(url_for("console.scripts"), 303)


def _write(script_id: int | None) -> ResponseReturnValue:
    said, given = request.form.get("situation", ""), request.form.get("words", "")
    situation = Situation(said) if said in list(Situation) else Situation.JOINED
    try:
        service.write(script_id, situation, given, actor())
    except service.BadScript as wrong:
        return _page(script_id, situation, given, wrong.extra["fields"]["words"][0]), wrong.status
    flash("存好了，导购刷新就能看到")
    return redirect(url_for("console.scripts"), 303)


def _page(script_id: int | None, situation: Situation, given: str, error: str = "") -> str:
    return render_template(
        "console/scripts/edit.html",
        script=script_queries.get(script_id) if script_id else None,
        situation=situation,
        words=given,
        preview=filling.fill(given, {}),
        versions=script_queries.versions_of(script_id) if script_id else [],
        people=staff.names(),
        by_place=words.BY_PLACE,
        variables=filling.DEFAULTS,
        errors={"words": error} if error else {},
    )
