"""任务: what guides are asked to do by rule and by hand, and how much of it was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import HEADQUARTERS, actor, only, pages
from app.console.live import sealed
from app.core import codes
from app.core.errors import BadInput, NotFound
from app.members import queries as members
from app.members import service as people
from app.single_view import scope
from app.staff import queries as staff
from app.stores import queries as stores
from app.tasks import bulk, causes, filling, policy, queries, service, words
from app.tasks.bulk import Share
from app.tasks.models import FROM_AFAR, RuleKind, Situation, TaskState
from app.tasks.policy import TaskPolicy
from app.tasks.service import Errand, rules
from app.tasks.service.rules import LEADS, Told

RULES: Mapping[RuleKind, tuple[str, str]] = {
    RuleKind.BIRTHDAY: ("生日", "生日前几天"),
    RuleKind.COUPON: ("券快到期", "到期前几天"),
    RuleKind.CARE: ("售后关怀", "购买后几天"),
    RuleKind.SLEEPING: ("沉睡回店", "至少几天没来，且超过她平时两个周期"),
    RuleKind.BASKET: ("加购没买", ""),
    RuleKind.VIEWED: ("看过没买", ""),
}
STATES = {
    "making": ("正在派", "is-running"),
    "done": ("派完了", "is-done"),
    "stopped": ("停下了", "is-warn"),
}
Errors = Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """One guide's part of what is about to be sent."""

    guide: str
    store: str
    people: int


@pages.get("/tasks")
@only(*HEADQUARTERS)
def tasks() -> ResponseReturnValue:
    """The rules, what was sent, how much a guide gets a day."""
    return _page()


def _page(error: str = "") -> str:
    counted = queries.open_by_source()
    made_of = {source for source, _ in counted}
    live, seen, is_moving = _batches()
    return render_template(
        "console/tasks/page.html",
        rules=rules.current(),
        names=RULES,
        counts={
            source: _of_source(counted, source) for source in words.SOURCES if source in made_of
        },
        sources=words.SOURCES,
        policy=policy.task_policy(),
        live=live,
        seen=seen,
        is_moving=is_moving,
        error=error,
    )


@pages.get("/tasks/batches")
@only(*HEADQUARTERS)
def tasks_batches() -> ResponseReturnValue:
    """What was sent, alone; asked for again while one is being made, and settled afterwards."""
    live, seen, is_moving = _batches()
    if request.args.get("seen") == seen:
        return "", 204
    return render_template("console/tasks/live.html", live=live, seen=seen, is_moving=is_moving)


def _batches() -> tuple[str, str, bool]:
    batches = queries.batches()
    body = render_template(
        "console/tasks/batches.html", batches=batches, tags=_tag_words(), states=STATES
    )
    return *sealed(body), any(batch.ended_at is None for batch in batches)


def _of_source(counted: Mapping[tuple[str, str], int], source: str) -> dict[str, int]:
    return {state: counted.get((source, state), 0) for state in TaskState}


@pages.post("/tasks/policy")
@only(*HEADQUARTERS)
def tasks_policy() -> ResponseReturnValue:
    """How much a guide is asked for."""
    asked = [_whole(name) for name in ("per_day", "touches", "rest_days")]
    try:
        policy.change(TaskPolicy(*asked), actor())
    except policy.BadPolicy as wrong:
        return _page(wrong.title), wrong.status
    flash("改好了，明天早上起按新的来")
    return redirect(url_for("console.tasks"), 303)


@pages.get("/tasks/rules/<rule_kind>")
@only(*HEADQUARTERS)
def tasks_rule(rule_kind: str) -> ResponseReturnValue:
    """One rule, with whom it would find today."""
    kind = _kind(rule_kind)
    return _rule_page(kind, rules.current()[kind])


@pages.post("/tasks/rules/<rule_kind>")
@only(*HEADQUARTERS)
def tasks_rule_write(rule_kind: str) -> ResponseReturnValue:
    """Tried, or kept."""
    kind, given = _kind(rule_kind), request.form
    told = Told(
        "is_on" in given, _whole("days"), _whole("for_days"), given.get("words", "").strip()
    )
    try:
        told.check()
    except rules.BadRule as wrong:
        return _rule_page(kind, told, _first(wrong)), wrong.status
    if given.get("act") == "try":
        return _rule_page(kind, told)
    rules.write(kind, told, actor())
    flash(f"存好了，「{RULES[kind][0]}」{'开着' if told.is_on else '关着'}")
    return redirect(url_for("console.tasks"), 303)


def _rule_page(kind: RuleKind, told: Told, errors: Errors | None = None) -> str:
    is_dry = kind in causes.CAUSES and not errors
    foretold = bulk.foretell(kind, told.days, told.for_days) if is_dry else None
    return render_template(
        "console/tasks/rule.html",
        kind=kind,
        name=RULES[kind][0],
        days_mean=RULES[kind][1],
        rule=told,
        is_lead=kind in LEADS,
        foretold=foretold,
        variables=filling.DEFAULTS,
        errors=errors or {},
    )


@pages.get("/tasks/new")
@only(*HEADQUARTERS)
def tasks_new() -> ResponseReturnValue:
    """To everybody with a tag."""
    return _send_page(Errand(Situation.NEWS, "", "", 3), 0)


@pages.post("/tasks/new")
@only(*HEADQUARTERS)
def tasks_send() -> ResponseReturnValue:
    """First counted, by guide; then sent, if it is the tag that was counted."""
    errand, tag_id = _errand(), request.form.get("tag", default=0, type=int)
    is_known = tag_id in _tag_words()
    try:
        errand.check()
    except service.BadBatch as wrong:
        return _send_page(errand, tag_id, _first(wrong)), wrong.status
    is_seen = request.form.get("act") == "send" and request.form.get("counted") == str(tag_id)
    if not (is_known and is_seen):
        errors = {} if is_known else {"tag": "选一个标签，才知道派给谁"}
        return _send_page(errand, tag_id, errors, is_tried=is_known), 200 if is_known else 422
    service.start(tag_id, errand, actor())
    flash("开始派了，进度在下面")
    return redirect(url_for("console.tasks"), 303)


def _send_page(
    errand: Errand, tag_id: int, errors: Errors | None = None, *, is_tried: bool = False
) -> str:
    preview = bulk.preview(tag_id) if is_tried else None
    return render_template(
        "console/tasks/send.html",
        errand=errand,
        tag_id=tag_id,
        tags=_tag_words(),
        situations=words.ERRANDS,
        variables=filling.DEFAULTS,
        preview=preview,
        lines=_lines(preview.shares) if preview else [],
        a_day=policy.task_policy().per_day,
        errors=errors or {},
    )


def _lines(shares: Sequence[Share]) -> list[Line]:
    names, shops = staff.names(), stores.by_ids({share.store_id for share in shares})
    return [
        Line(
            names.get(share.guide_id or 0, "没有导购，店里的人都能领"),
            shops[share.store_id].name,
            share.people,
        )
        for share in shares
    ]


@pages.post("/tasks/batches/<int:task_batch_id>/stop")
@only(*HEADQUARTERS)
def tasks_stop(task_batch_id: int) -> ResponseReturnValue:
    """Nobody more gets one of it."""
    service.stop(task_batch_id, actor())
    flash("停下了，已经派的照样在导购手里")
    return redirect(url_for("console.tasks"), 303)


@pages.get("/members/<int:member_id>/task")
@only(*HEADQUARTERS)
def tasks_for_member(member_id: int) -> ResponseReturnValue:
    """To one member's guide."""
    return _one_page(member_id, Errand(Situation.NEWS, "", "", 3), codes.code())


@pages.post("/members/<int:member_id>/task")
@only(*HEADQUARTERS)
def tasks_send_one(member_id: int) -> ResponseReturnValue:
    """Once for each key of the page."""
    scope.seen(member_id, actor().store_ids)
    errand, key = _errand(), request.form.get("key", "")[:40] or codes.code()
    try:
        is_sent = bulk.send_one(member_id, errand, key, actor())
    except service.BadBatch as wrong:
        return _one_page(member_id, errand, key, _first(wrong)), wrong.status
    if not is_sent:
        why = {"why": "她没有同意被联系，或没有门店，派不了"}
        return _one_page(member_id, errand, key, why), 409
    flash("派给她的导购了")
    return redirect(url_for("console.member", member_id=member_id), 303)


def _one_page(member_id: int, errand: Errand, key: str, errors: Errors | None = None) -> str:
    scope.seen(member_id, actor().store_ids)
    member = members.member(member_id)
    return render_template(
        "console/tasks/one.html",
        member_id=member_id,
        who=people.shown_name(member) if member else "",
        errand=errand,
        key=key,
        situations=words.ERRANDS,
        variables=filling.DEFAULTS,
        errors=errors or {},
    )


def _errand() -> Errand:
    given = request.form
    said = given.get("situation", "")
    situation = Situation(said) if said in FROM_AFAR else Situation.NEWS
    return Errand(
        situation, given.get("why", "").strip(), given.get("words", "").strip(), _whole("for_days")
    )


def _whole(name: str) -> int:
    """The number in the field; what is none is out of every bound."""
    text = request.form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else -1


def _kind(name: str) -> RuleKind:
    if name not in list(RuleKind):
        raise NotFound()
    return RuleKind(name)


def _first(wrong: BadInput) -> dict[str, str]:
    return {name: said[0] for name, said in wrong.extra["fields"].items()}


def _tag_words() -> dict[int, str]:
    return {tag.id: f"{tag.group} · {tag.name}" for tag in members.tags()}
