"""会员: finding a member of the store, her sheet at the counter, what a guide writes on it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import asked
from app.guides import queries, undoing
from app.guides.routes.door import bp, brand, guide, here
from app.members import service as people
from app.members.models import Readers
from app.members.service import measures, notes, tagging
from app.orders import queries as orders

ORDERS_A_PAGE = 20


@bp.route("/members", methods=["GET", "POST"])
def members() -> ResponseReturnValue:
    """Those who joined last, or whom the words mean; words of people stay out of addresses."""
    words, shop = request.form.get("asked", "").strip(), here()
    return render_template(
        "guide/members.html", store=shop, asked=words, found=queries.find(words, shop)
    )


@bp.get("/members/<int:member_id>")
def member(member_id: int) -> ResponseReturnValue:
    """One sheet for the counter."""
    found = queries.sheet(member_id, here(), guide())
    return render_template(
        "guide/member.html",
        sheet=found,
        zone=brand().zoneinfo,
        given=asked.number("given"),
        told=_told(found.known.member.id),
    )


def _told(member_id: int) -> undoing.Told | None:
    kind = asked.one_of("told", undoing.KINDS)
    return undoing.told(kind, asked.number("of"), member_id, guide().staff_id) if kind else None


@bp.get("/members/<int:member_id>/orders")
def member_orders(member_id: int) -> ResponseReturnValue:
    """All that she bought, a page at a time. Raises NoMember."""
    hers = queries.owned(member_id, guide())
    return render_template(
        "guide/orders.html",
        member_id=hers.id,
        shown_name=people.shown_name(hers),
        total=orders.summary(hers.id),
        page=orders.page(hers.id, asked.number("after"), ORDERS_A_PAGE),
        size=ORDERS_A_PAGE,
        zone=brand().zoneinfo,
    )


@bp.post("/members/<int:member_id>/notes")
def write_note(member_id: int) -> ResponseReturnValue:
    """记一笔, for all who may see her. Raises NoMember, NoWords."""
    hers = queries.owned(member_id, guide())
    words = request.form.get("text", "")
    note = notes.write_note(
        hers.id, author_id=guide().staff_id, text=words, readers=Readers.EVERYONE
    )
    return _back(member_id, "notes", "note", note.id)


@bp.post("/members/<int:member_id>/measurements")
def measure(member_id: int) -> ResponseReturnValue:
    """A result of one of the brand's tests. Raises NoMember, NoKind, BadInput."""
    hers = queries.owned(member_id, guide())
    given = request.form
    measures.measure(
        hers.id,
        given.get("kind", 0, type=int),
        given.get("value", ""),
        store_id=here().id,
        staff_id=guide().staff_id,
    )
    return redirect(url_for("guide.member", member_id=member_id), 303)


@bp.post("/members/<int:member_id>/tags")
def put_tag(member_id: int) -> ResponseReturnValue:
    """打标签: one the brand has, or a new one by its name. Raises NoMember, BadInput."""
    hers = queries.owned(member_id, guide())
    tag_id, is_new = tagging.put_on(hers.id, request.form.get("tag", ""), staff_id=guide().staff_id)
    return _back(member_id, "tags", "tag" if is_new else "known", tag_id)


@bp.post("/members/<int:member_id>/tags/off")
def take_off_tag(member_id: int) -> ResponseReturnValue:
    """One that a person put on her. Raises NoMember, NotTagged."""
    hers = queries.owned(member_id, guide())
    tag_id = request.form.get("tag", 0, type=int)
    event_id = tagging.take_off_by_hand(hers.id, tag_id, staff_id=guide().staff_id)
    return _back(member_id, "tags", "untagged", event_id)


@bp.post("/members/<int:member_id>/undo")
def undo_on_sheet(member_id: int) -> ResponseReturnValue:
    """Her note, a tag on or off, within seconds. Raises NoMember, TooLate, TooLateToUndo."""
    hers = queries.owned(member_id, guide())
    name, row_id = request.form.get("name", ""), request.form.get("of", 0, type=int)
    undoing.take_back(name, row_id, hers.id, guide().staff_id)
    return _back(member_id, "notes" if name == "note" else "tags", "undone")


def _back(member_id: int, part: str, told: str, of: int | None = None) -> ResponseReturnValue:
    """Her sheet at this part, with what was done and its way back."""
    return redirect(
        url_for("guide.member", member_id=member_id, told=told, of=of, _anchor=part), 303
    )
