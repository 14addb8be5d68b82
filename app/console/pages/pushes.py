"""推送: the list, the editor with its live reach, the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.brands import service as brands
from app.brands.models import AccountKind
from app.console import push_counts, push_form, push_view, push_words
from app.console.access import HEADQUARTERS, actor, only, pages
from app.console.figures import count, moment
from app.console.live import sealed
from app.console.push_form import Errors, Typed
from app.core import asked, clock
from app.members import queries as members
from app.pushes import queries, service
from app.pushes.models import TEXT_LIMIT, Push, PushRun, PushState, RunState
from app.staff import queries as staff

EDITABLE = (PushState.DRAFT, PushState.WAITING, PushState.PAUSED)
MAY_STOP = (PushState.WAITING, PushState.SCHEDULED)
STEPS = ("编辑", "定时", "发送", "结果")


@dataclass(frozen=True)
class Step:
    word: str
    is_current: bool


@dataclass(frozen=True)
class ShownApproval:
    """What somebody else decides upon. `seen` ties her yes to this text and no later one."""

    asked_by: str
    asked_at: datetime
    people: int
    text: str
    seen: str
    is_own: bool


@dataclass(frozen=True)
class ShownPush:
    """The head of the result page, and what may be done from it."""

    id: int
    name: str
    word: str
    tone: str
    schedule: str
    audience: str
    may_edit: bool
    may_stop: bool
    stop_words: str
    stop_effect: str
    is_moving: bool
    steps: Sequence[Step]
    before_first: str
    approval: ShownApproval | None


@pages.get("/pushes")
@only(*HEADQUARTERS)
def pushes() -> ResponseReturnValue:
    """All pushes, the newest first, each with its last run."""
    found = queries.list_pushes()
    last = push_counts.last_runs([push.id for push in found])
    reports = queries.run_reports([run.id for run in last.values()])
    words = _tag_words()
    rows = [
        push_view.row(
            push,
            words.get(push.tag_id or 0, push_words.NO_AUDIENCE),
            last.get(push.id),
            reports[last[push.id].id] if push.id in last else None,
        )
        for push in found
    ]
    return render_template("console/pushes/list.html", rows=rows)


@pages.get("/pushes/new")
@only(*HEADQUARTERS)
def push_new() -> ResponseReturnValue:
    """An empty editor, or a copy of another push's content."""
    like = asked.number("like")
    if like is None:
        return _editor(None, Typed())
    given = push_form.of(queries.get(like))
    return _editor(None, Typed(**asdict(given) | {"name": f"{given.name} 副本"}))


@pages.get("/pushes/<int:push_id>/edit")
@only(*HEADQUARTERS)
def push_edit(push_id: int) -> ResponseReturnValue:
    """The editor of a draft; what is scheduled must be paused first."""
    push = queries.get(push_id)
    if push.state not in EDITABLE:
        return redirect(url_for("console.push_show", push_id=push_id))
    return _editor(push_id, push_form.of(push))


@pages.post("/pushes/reach")
@only(*HEADQUARTERS)
def push_reach() -> ResponseReturnValue:
    """The funnel recounted for what stands in the form, and the button with its count."""
    given = push_form.typed(request.form)
    return render_template("console/pushes/recount.html", **_reach(given))


@pages.post("/pushes")
@pages.post("/pushes/<int:push_id>")
@only(*HEADQUARTERS)
def push_save(push_id: int | None = None) -> ResponseReturnValue:
    """Keep the draft; with 定时 also let it run at its time."""
    given = push_form.typed(request.form)
    fields, errors = push_form.meant(given)
    if errors:
        return _editor(push_id, given, errors), 422
    saved = service.save_draft(push_id, **asdict(fields))
    saved.created_by_id = saved.created_by_id or actor().staff_id
    if request.form.get("act") != "schedule":
        flash("草稿已存")
        return redirect(url_for("console.push_edit", push_id=saved.id))
    try:
        push = service.schedule(saved.id, actor())
    except service.CannotSchedule as refused:
        return _editor(saved.id, given, _by_field(refused), is_saved=True), refused.status
    flash("已交，等另一个人批准" if push.state == PushState.WAITING else "已定时，到点就发")
    return redirect(url_for("console.push_show", push_id=saved.id))


@pages.get("/pushes/<int:push_id>")
@only(*HEADQUARTERS)
def push_show(push_id: int) -> ResponseReturnValue:
    """What became of it: selected = sent + skipped + refused + unknown."""
    facts = _result(queries.get(push_id))
    body, seen = sealed(render_template("console/pushes/result.html", **facts))
    return render_template("console/pushes/show.html", live=body, seen=seen, **facts)


@pages.get("/pushes/<int:push_id>/result")
@only(*HEADQUARTERS)
def push_result(push_id: int) -> ResponseReturnValue:
    """The result alone, while a run is moving."""
    facts = _result(queries.get(push_id))
    body, seen = sealed(render_template("console/pushes/result.html", **facts))
    if request.args.get("seen") == seen:
        return "", 204
    return render_template("console/fresh.html", live=body, seen=seen)


@pages.post("/pushes/<int:push_id>/approve")
@only(*HEADQUARTERS)
def push_approve(push_id: int) -> ResponseReturnValue:
    """Somebody else lets it go out to so many people."""
    try:
        service.approve(push_id, actor(), request.form.get("seen", ""))
        flash("已批准，到点就发")
    except service.CannotSchedule as refused:
        flash(f"没有批准：{'；'.join(_by_field(refused).values())}")
    return redirect(url_for("console.push_show", push_id=push_id))


@pages.post("/pushes/<int:push_id>/stop")
@only(*HEADQUARTERS)
def push_stop(push_id: int) -> ResponseReturnValue:
    """Stop the run that is sending, or pause the push before its next one."""
    moving = [run for run in queries.runs_of(push_id) if run.state == RunState.SENDING]
    if moving:
        service.stop(moving[0].id, actor())
        flash("已停止，没发的不发了")
    else:
        service.pause(push_id, actor())
        flash("已暂停，到点不发")
    return redirect(url_for("console.push_show", push_id=push_id))


def _by_field(refused: service.CannotSchedule) -> Errors:
    found: dict[str, list[str]] = refused.extra["fields"]
    return {field.removesuffix("_id"): words[0] for field, words in found.items()}


def _editor(
    push_id: int | None, given: Typed, errors: Errors | None = None, *, is_saved: bool = False
) -> str:
    return render_template(
        "console/pushes/edit.html",
        push_id=push_id,
        action=url_for("console.push_save", push_id=push_id),
        form=given,
        errors=errors or {},
        is_saved=is_saved,
        tags=_tag_words(),
        text_limit=TEXT_LIMIT,
        **_reach(given),
    )


def _reach(given: Typed) -> dict[str, object]:
    fields, _ = push_form.meant(given)
    now = clock.now()
    shown = None
    if fields.tag_id is not None:
        found = service.reach(
            fields.tag_id,
            fields.holdout_basis_points,
            brands.account(actor().brand_id, AccountKind.SERVICE).id,
            f"{clock.local(fields.once_at or now):%Y-%m}",
        )
        shown = push_view.reach(found.selected, found.will_send, found.skipped)
    button = f"定时（{count(shown.will_count)} 人）" if shown else "定时"
    return {"reach": shown, "counted_at": now, "button": button}


def _result(push: Push) -> dict[str, object]:
    runs = queries.runs_of(push.id)
    reports = queries.run_reports([run.id for run in runs])
    shown = [
        push_view.run(push, run, reports[run.id], push_counts.batches_of(run.id)) for run in runs
    ]
    wanted = asked.number("run")
    chosen = next((run for run in shown if run.id == wanted), shown[0] if shown else None)
    return {"push": _shown_push(push, runs), "run": chosen, "runs": shown}


def _shown_push(push: Push, runs: Sequence[PushRun]) -> ShownPush:
    word, tone = push_words.now(push, runs)
    is_sending = push_words.is_sending(runs)
    is_moving = is_sending or any(run.state == RunState.PLANNED for run in runs)
    return ShownPush(
        id=push.id,
        name=push.name,
        word=word,
        tone=tone,
        schedule=push_words.schedule(push),
        audience=_tag_words().get(push.tag_id or 0, push_words.NO_AUDIENCE),
        may_edit=push.state in EDITABLE and not is_moving,
        may_stop=is_sending or push.state in MAY_STOP,
        stop_words="停止" if is_sending else "暂停",
        stop_effect="已经发出的收不回，没发的不再发。"
        if is_sending
        else "到点不发；改好后可以再定时。",
        is_moving=is_moving,
        steps=_steps(push, runs, is_moving),
        before_first=_before_first(push),
        approval=_approval(push),
    )


def _approval(push: Push) -> ShownApproval | None:
    if push.state != PushState.WAITING or push.asked_at is None or push.asked_by_id is None:
        return None
    return ShownApproval(
        asked_by=staff.names()[push.asked_by_id],
        asked_at=push.asked_at,
        people=service.people(push),
        text=push.text,
        seen=push.asked_at.isoformat(),
        is_own=push.asked_by_id == actor().staff_id,
    )


def _steps(push: Push, runs: Sequence[PushRun], is_moving: bool) -> list[Step]:
    if push.state in EDITABLE and push.state != PushState.WAITING and not runs:
        current = 0
    elif is_moving:
        current = 2
    else:
        current = 3 if runs else 1
    return [Step(word, place == current) for place, word in enumerate(STEPS)]


def _before_first(push: Push) -> str:
    if push.state == PushState.WAITING:
        return "另一个人批准以后，到点就发。"
    if push.state == PushState.SCHEDULED and push.next_at:
        return f"{moment(push.next_at)} 开始。到点时重新数一遍人，结果会出现在这里。"
    return "定好时间后，到点就发，结果会出现在这里。"


def _tag_words() -> dict[int, str]:
    return {tag.id: f"{tag.group} · {tag.name}" for tag in members.tags()}
