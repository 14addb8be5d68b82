"""话术: what to say to this member, copied with one tap, favourites on top."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.guides import scripts as view
from app.guides.routes.door import bp, brand, guide, here, inside
from app.tasks import queries as tasks
from app.tasks.service import scripts


@bp.get("/members/<int:member_id>/scripts")
def member_scripts(member_id: int) -> ResponseReturnValue:
    """By situation, filled for her."""
    sheet = view.sheet(member_id, here(), guide(), brand())
    return render_template("guide/scripts.html", sheet=sheet)


@bp.post("/members/<int:member_id>/scripts/<int:script_id>/use")
def script_used(member_id: int, script_id: int) -> ResponseReturnValue:
    """She copied it for this member. Raises NoMember, NoScript, NoTask."""
    member = view.within_reach(member_id, here(), guide())
    task_id = request.form.get("task", type=int)
    if task_id is not None:
        tasks.visible(task_id, guide())
    scripts.used(script_id, member.id, guide(), task_id=task_id)
    return "", 204


@bp.post("/scripts/<int:script_id>/favourite")
def script_favourite(script_id: int) -> ResponseReturnValue:
    """On top of her list from here on, or not any more. Raises NoScript."""
    scripts.like(script_id, guide(), is_liked=request.form.get("liked") == "1")
    return redirect(inside(request.form.get("back", "")) or url_for("guide.board"), 303)
