"""会员单一视图: all that is known of one member, from where, and what may be done about her."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console import toasts
from app.console.access import HEADQUARTERS, actor, everybody, pages
from app.console.figures import day_name
from app.console.form_words import first_fault
from app.core.errors import BadInput
from app.members import queries as members
from app.members.models import Readers
from app.members.service import field_values, fields, notes, reveals, tagging
from app.owners import queries as owners
from app.owners.words import because
from app.single_view import scope, timeline, view, words
from app.single_view.timeline import Moment
from app.single_view.view import Reader
from app.staff import queries as staff
from app.staff.models import Role

REVEALED_FOR = 30  # seconds
TAG_UNDO, NOTE_UNDO = "console.member_tag_undo", "console.member_note_undo"
FIELD_UNDO = "console.member_field_undo"
WHY = {
    reveals.Why.SERVICE: "回她的来电或消息",
    reveals.Why.ORDER: "核对订单或退货",
    reveals.Why.DELIVERY: "寄东西给她",
    reveals.Why.CHECK: "核对是不是同一个人",
}
Day = tuple[str, Sequence[Moment]]


@pages.get("/members/<int:member_id>")
@everybody
def member(member_id: int) -> ResponseReturnValue:
    """The page, or for htmx the timeline alone."""
    asked = {"kind": request.args.get("kind", ""), "before": request.args.get("before", "")}
    if request.headers.get("HX-Target") == "timeline":
        page = view.timeline_page(member_id, _reader(), **asked)
        return _part("timeline", page=page, member_id=member_id, **asked)
    return _page(member_id, **asked)


@pages.post("/members/<int:member_id>/phone")
@everybody
def member_phone(member_id: int) -> ResponseReturnValue:
    """Her whole number, for a reason, for half a minute."""
    found = scope.seen(member_id, actor().store_ids)
    phone = reveals.reveal_phone(found, staff_id=actor().staff_id, why=request.form.get("why", ""))
    shown = phone.removeprefix("+86")
    left = reveals.reveals_left(actor().staff_id)
    is_part = "HX-Request" in request.headers
    part = {"phone": shown, "seconds": REVEALED_FOR, "left": left}
    response = make_response(_part("phone", **part) if is_part else _page(member_id, phone=shown))
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/members/<int:member_id>/tags")
@everybody
def member_tag(member_id: int) -> ResponseReturnValue:
    """Put a tag on her; the toast takes it back."""
    scope.seen(member_id, actor().store_ids)
    name = request.form.get("tag", "")
    tag_id, is_new = tagging.put_on(member_id, name, staff_id=actor().staff_id)
    if is_new:
        toasts.offer_undo("加上了 1 个标签", TAG_UNDO, member_id=member_id, tag_id=tag_id)
    else:
        flash("她已经有这个标签了")
    return _back(member_id)


@pages.post("/members/<int:member_id>/tags/off")
@everybody
def member_untag(member_id: int) -> ResponseReturnValue:
    """Take a tag off her; the toast puts it back as it was."""
    scope.seen(member_id, actor().store_ids)
    tag_id = request.form.get("tag_id", default=0, type=int)
    event_id = tagging.take_off(member_id, tag_id, staff_id=actor().staff_id)
    toasts.offer_undo("去掉了 1 个标签", TAG_UNDO, member_id=member_id, event_id=event_id)
    return _back(member_id)


@pages.post("/members/<int:member_id>/tags/undo")
@everybody
def member_tag_undo(member_id: int) -> ResponseReturnValue:
    """Either of the two, within seconds, by who did it."""
    scope.seen(member_id, actor().store_ids)
    event_id = request.form.get("event_id", type=int)
    if event_id is not None:
        tagging.put_back(event_id, member_id=member_id, staff_id=actor().staff_id)
    else:
        tag_id = request.form.get("tag_id", default=0, type=int)
        tagging.undo_put_on(member_id, tag_id, staff_id=actor().staff_id)
    flash("撤销了")
    return _back(member_id)


@pages.post("/members/<int:member_id>/notes")
@everybody
def member_note(member_id: int) -> ResponseReturnValue:
    """Write a note; the toast takes it back."""
    scope.seen(member_id, actor().store_ids)
    try:
        note = notes.write_note(
            member_id,
            author_id=actor().staff_id,
            text=request.form.get("text", ""),
            readers=request.form.get("readers", Readers.EVERYONE),
        )
    except BadInput as error:
        return _page(member_id, note_fault=first_fault(error), note_text=request.form.get("text"))
    toasts.offer_undo("记下了 1 条备注", NOTE_UNDO, member_id=member_id, note_id=note.id)
    return _back(member_id)


@pages.post("/members/<int:member_id>/notes/undo")
@everybody
def member_note_undo(member_id: int) -> ResponseReturnValue:
    """It was never written."""
    scope.seen(member_id, actor().store_ids)
    note_id = request.form.get("note_id", default=0, type=int)
    notes.take_back_note(note_id, author_id=actor().staff_id)
    flash("撤销了")
    return _back(member_id)


@pages.post("/members/<int:member_id>/fields")
@everybody
def member_field(member_id: int) -> ResponseReturnValue:
    """Fill in one of the brand's own fields; the toast undoes it."""
    scope.seen(member_id, actor().store_ids)
    field_id = request.form.get("field_id", default=0, type=int)
    given = request.form.getlist("value")
    try:
        change = fields.change_value(member_id, field_id, _given(given), actor=actor().audit_name)
    except BadInput as error:
        return _page(member_id, field_fault=(field_id, first_fault(error)))
    if change is None:
        flash("没有变")
    else:
        toasts.offer_undo("改了 1 项资料", FIELD_UNDO, member_id=member_id, change_id=change.id)
    return _back(member_id)


@pages.post("/members/<int:member_id>/fields/undo")
@everybody
def member_field_undo(member_id: int) -> ResponseReturnValue:
    """What it was before, unless somebody changed it since."""
    scope.seen(member_id, actor().store_ids)
    change_id = request.form.get("change_id", default=0, type=int)
    fields.undo_change(change_id, member_id=member_id, actor=actor().audit_name)
    flash("改回去了")
    return _back(member_id)


def _given(values: list[str]) -> str | list[str]:
    """Boxes come as many values, a line as one."""
    return values[0] if len(values) == 1 else [each for each in values if each]


def _page(
    member_id: int, *, kind: str = "", before: str = "", **more: object
) -> ResponseReturnValue:
    found = view.single_view(member_id, _reader(), kind=kind, before=before)
    if found.member.erased_at is not None:
        return render_template("console/members/erased.html")
    shown = render_template(
        "console/members/view.html",
        view=found,
        page=found.page,
        member_id=member_id,
        kind=kind,
        before=before,
        days=_days(found.page.moments),
        kinds=timeline.KINDS,
        merges=members.standing_merges(member_id),
        owner_rows=owners.history(member_id),
        staff_names=staff.names(),
        because=because,
        known_tags=members.tags(),
        changes=_changes(member_id),
        why_words=WHY,
        reveals_left=reveals.reveals_left(actor().staff_id),
        is_headquarters=actor().role in HEADQUARTERS,
        is_admin=actor().role == Role.ADMIN,
        readers=words.READERS,
        **more,
    )
    return (shown, 422) if any(name.endswith("_fault") for name in more) else shown


def _part(name: str, **given: object) -> str:
    page = given.get("page")
    days = _days(page.moments) if isinstance(page, timeline.Page) else []
    return render_template(f"console/members/{name}.html", days=days, kinds=timeline.KINDS, **given)


def _days(moments: Sequence[Moment]) -> list[Day]:
    return [(name, list(found)) for name, found in groupby(moments, lambda m: day_name(m.at))]


def _changes(member_id: int) -> list[tuple[str, datetime, field_values.Plain, field_values.Plain]]:
    """The latest of fields in use: which, when, what it was and what it became."""
    names = {each.id: each.name for each in fields.fields()}
    found = fields.history(member_id)
    return [
        (names[row.field_id], row.at, *field_values.before_and_after(row))
        for row in found
        if row.field_id in names
    ]


def _reader() -> Reader:
    is_manager = actor().role != Role.GUIDE
    return Reader(actor().staff_id, actor().store_ids, is_manager)


def _back(member_id: int) -> ResponseReturnValue:
    return redirect(url_for("console.member", member_id=member_id), 303)
