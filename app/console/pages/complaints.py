"""投诉: recorded at a member's page, listed with the late ones first, answered on its own page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.complaints import queries, service, words
from app.complaints.models import State
from app.complaints.queries import Line
from app.complaints.service import About, Told
from app.console import toasts
from app.console.access import actor, brand, everybody, pages
from app.core import asked, clock, codes
from app.members import service as people
from app.single_view import scope
from app.staff import queries as staff
from app.stores import queries as stores
from app.tasks import queries as tasks

ALL = "all"
Errors = Mapping[str, str]


@pages.get("/complaints")
@everybody
def complaints() -> ResponseReturnValue:
    """Those of her stores: what waits by default, the late ones first."""
    chosen = asked.one_of("state", [*State, ALL]) or State.OPEN
    store_id = asked.number("store")
    page = queries.page(
        actor().store_ids,
        state=None if chosen == ALL else State(chosen),
        store_id=store_id,
        after=asked.number("after"),
    )
    waiting, late = queries.waiting(actor().store_ids)
    return render_template(
        "console/complaints/list.html",
        page=page,
        chosen=chosen,
        store_id=store_id,
        is_later="after" in request.args,
        waiting=waiting,
        late=late,
        shops={store.id: store.name for store in queries.stores_of(actor().store_ids)},
        **_words(page.lines),
    )


@pages.get("/complaints/<int:complaint_id>")
@everybody
def complaint(complaint_id: int) -> ResponseReturnValue:
    """What was said, what was done. Raises NoComplaint."""
    return _page(complaint_id)


@pages.post("/complaints/<int:complaint_id>/answer")
@everybody
def complaint_answer(complaint_id: int) -> ResponseReturnValue:
    """What was done about it; the toast takes it back. Raises NoComplaint, AlreadyClosed."""
    said = request.form.get("answer", "")
    try:
        service.answer(complaint_id, said, actor())
    except service.BadComplaint as wrong:
        return _page(complaint_id, _first(wrong), said), wrong.status
    _offer_undo("记下了怎么处理的", complaint_id)
    return _to(complaint_id)


@pages.post("/complaints/<int:complaint_id>/withdraw")
@everybody
def complaint_withdraw(complaint_id: int) -> ResponseReturnValue:
    """It was a mistake; the toast takes that back. Raises NoComplaint, AlreadyClosed."""
    service.withdraw(complaint_id, actor())
    _offer_undo("标成记错了，不再算进服务质量", complaint_id)
    return _to(complaint_id)


@pages.post("/complaints/<int:complaint_id>/undo")
@everybody
def complaint_undo(complaint_id: int) -> ResponseReturnValue:
    """Her own last step, within seconds. Raises NoComplaint, TooLate."""
    service.undo(complaint_id, actor())
    return _to(complaint_id)


@pages.get("/members/<int:member_id>/complaint")
@everybody
def complaint_new(member_id: int) -> ResponseReturnValue:
    """The form. Raises NoMember."""
    today = clock.business_day(clock.now(), brand().zoneinfo)
    return _form(member_id, Told("", "", today, None), codes.code())


@pages.post("/members/<int:member_id>/complaint")
@everybody
def complaint_record(member_id: int) -> ResponseReturnValue:
    """Recorded once for each key of the page; or the form again with another store's guides."""
    scope.seen(member_id, actor().store_ids)
    told, key = _told(), request.form.get("key", "")[: service.LONGEST_KEY] or codes.code()
    if request.form.get("act") == "store":
        return _form(member_id, told, key)
    try:
        made = service.record(member_id, told, key=key, by=actor())
    except service.BadComplaint as wrong:
        return _form(member_id, told, key, _first(wrong)), wrong.status
    address = url_for("console.complaint_withdraw", complaint_id=made.id)
    toasts.offer_undo_at("记下了 1 起投诉", address)
    return _to(made.id)


def _told() -> Told:
    given = request.form
    return Told(
        given.get("kind", ""), given.get("text", ""), _day(), _about(given.get("about", ""))
    )


def _day() -> date | None:
    try:
        return date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return None


def _about(chosen: str) -> About | None:
    """`visit-12`, `guide-3-7` (a store and who works there), `store-3`, or `nobody`."""
    what, *numbers = chosen.split("-")
    if not all(each.isascii() and each.isdecimal() and len(each) < 19 for each in numbers):
        return None
    ids = [int(each) for each in numbers]
    match what, ids:
        case "visit", [visit_id]:
            return About(visit_id=visit_id)
        case "guide", [store_id, staff_id]:
            return About(store_id, staff_id)
        case "store", [store_id]:
            return About(store_id)
        case "nobody", []:
            return About()
    return None


def _form(member_id: int, told: Told, key: str, errors: Errors | None = None) -> str:
    member = scope.seen(member_id, actor().store_ids)
    shops = {store.id: store.name for store in queries.stores_of(actor().store_ids)}
    wanted = request.form.get("store", default=member.main_store_id or 0, type=int)
    store_id = wanted if wanted in shops else next(iter(shops), None)
    return render_template(
        "console/complaints/new.html",
        member_id=member_id,
        called=people.masked_name(member),
        told=told,
        chosen=request.form.get("about", ""),
        key=key,
        kinds=words.KINDS,
        longest=service.LONGEST,
        visits=queries.visits_of(member_id, actor().store_ids),
        guide_of=queries.guide_of,
        shops=shops,
        store_id=store_id,
        guides=tasks.colleagues(store_id) if store_id else [],
        names=staff.names(),
        sees_all=actor().store_ids is None,
        errors=errors or {},
    )


def _page(complaint_id: int, errors: Errors | None = None, said: str = "") -> str:
    line = queries.complaint(complaint_id, actor().store_ids)
    return render_template(
        "console/complaints/one.html",
        line=line,
        text=service.text_of(line.complaint),
        answer=service.answer_of(line.complaint),
        longest=service.LONGEST,
        said=said,
        errors=errors or {},
        **_words([line]),
    )


def _words(lines: Sequence[Line]) -> dict[str, object]:
    """What both pages need to name people, stores and states."""
    return {
        "kinds": words.KINDS,
        "states": words.STATES,
        "late_words": words.LATE,
        "erased": words.ERASED,
        "masked": people.masked_name,
        "names": staff.names(),
        "stores": stores.by_ids({each.complaint.store_id or 0 for each in lines}),
        "visible": scope.seen_among({each.member.id for each in lines}, actor().store_ids),
    }


def _first(wrong: service.BadComplaint) -> dict[str, str]:
    return {name: said[0] for name, said in wrong.extra["fields"].items()}


def _offer_undo(said: str, complaint_id: int) -> None:
    toasts.offer_undo_at(said, url_for("console.complaint_undo", complaint_id=complaint_id))


def _to(complaint_id: int) -> ResponseReturnValue:
    return redirect(url_for("console.complaint", complaint_id=complaint_id), 303)
