"""任务: whom she is asked to look after, why, what to say, and what came of it."""

from __future__ import annotations

from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import asked, db
from app.core.errors import BadInput
from app.core.policy import Scope, allow
from app.core.web import steps
from app.guides import tasks as view
from app.guides.routes.door import bp, brand, guide
from app.staff.models import Role
from app.tasks import jobs, service
from app.tasks.models import Outcome
from app.tasks.service import messages


class NoOutcome(BadInput):
    code, title = "no_outcome", "选一个结果再点"


@bp.get("/tasks")
def tasks() -> ResponseReturnValue:
    """Due today, this week, over; hers and the store's."""
    return render_template(
        "guide/tasks/list.html",
        groups=view.groups(guide(), brand()),
        told=view.told(asked.number("done"), guide()),
        is_manager=guide().role == Role.STORE_MANAGER,
    )


@bp.get("/tasks/team")
@allow(Role.STORE_MANAGER, scope=Scope.STORES)
def tasks_team() -> ResponseReturnValue:
    """Her guides' rates, and all their tasks to hand over."""
    groups, rates = view.team(guide(), brand())
    return render_template("guide/tasks/team.html", groups=groups, rates=rates)


@bp.get("/tasks/<int:task_id>")
def task(task_id: int) -> ResponseReturnValue:
    """One task, open."""
    shown = view.page(task_id, guide(), brand())
    return render_template("guide/tasks/task.html", page=shown)


@bp.post("/tasks/<int:task_id>/take")
def task_take(task_id: int) -> ResponseReturnValue:
    """Out of the store's pool. Raises NoTask, SomeoneHasIt."""
    service.take(task_id, _tap())
    return redirect(url_for("guide.task", task_id=task_id), 303)


@bp.post("/tasks/<int:task_id>/outcome")
def task_outcome(task_id: int) -> ResponseReturnValue:
    """coming, replied, no_answer, opted_out."""
    said = request.form.get("outcome", "")
    if said not in list(Outcome):
        raise NoOutcome()
    service.note(task_id, Outcome(said), _tap())
    return _done(task_id)


@bp.post("/tasks/<int:task_id>/snooze")
def task_snooze(task_id: int) -> ResponseReturnValue:
    """Not before a day."""
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        raise service.BadDay() from None
    service.snooze(task_id, day, _tap())
    return _done(task_id)


@bp.post("/tasks/<int:task_id>/hand-over")
@allow(Role.STORE_MANAGER, scope=Scope.STORES)
def task_hand_over(task_id: int) -> ResponseReturnValue:
    """To another guide of the store."""
    service.hand_over(task_id, request.form.get("to", default=0, type=int), _tap())
    return _done(task_id)


@bp.post("/tasks/<int:task_id>/undo")
def task_undo(task_id: int) -> ResponseReturnValue:
    """Within ten minutes."""
    service.undo(task_id, request.form.get("number", default=0, type=int), _tap())
    return redirect(url_for("guide.task", task_id=task_id), 303)


@bp.post("/tasks/<int:task_id>/message")
@steps
def task_message(task_id: int) -> ResponseReturnValue:
    """The system writes to her; the guide never sees her number."""
    tap, text = _tap(), request.form.get("text", "")
    with db.transaction(tap.actor.brand_id):
        claim = messages.claim(task_id, text, tap)
    if claim is not None:
        jobs.send(claim)
    return redirect(url_for("guide.task", task_id=task_id), 303)


def _done(task_id: int) -> ResponseReturnValue:
    return redirect(url_for("guide.tasks", done=task_id), 303)


def _tap() -> service.Tap:
    given = request.form
    return service.Tap(guide(), given.get("seen", default=-1, type=int), given.get("key", ""))
