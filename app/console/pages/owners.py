"""专属导购: who looks after how many, handing members over, and taking that back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console import handing_over
from app.console.access import HEADQUARTERS, actor, everybody, only, pages
from app.members import service as members
from app.owners import queries, reports
from app.owners import service as owners
from app.owners.models import LONGEST_REASON, MoveState
from app.owners.queries import ruling
from app.owners.words import KIND_WORDS, STATE_WORDS, sentence
from app.staff import queries as staff
from app.staff.models import Role
from app.staff.service import people
from app.stores import queries as stores


@pages.get("/owners")
@everybody
def owners_page() -> ResponseReturnValue:
    """Her stores' guides with their members, and what was handed over lately."""
    return render_template(
        "console/owners/page.html",
        guides=owners.takers(actor()),
        moves=reports.newest(actor()),
        is_admin=actor().role == Role.ADMIN,
        held=ruling.in_force(),
        sentence=sentence,
        **_words(),
    )


@pages.get("/owners/leaving")
@only(Role.ADMIN)
def owners_leaving() -> ResponseReturnValue:
    """Who leaves is chosen; then who would take whom is shown, and nothing has happened yet."""
    leavers = _numbers(request.args.getlist("staff_id"))
    return _leaving(leavers)


@pages.post("/owners/leaving")
@only(Role.ADMIN)
def owners_let_go() -> ResponseReturnValue:
    """They leave: exports dead, signed out, members shared out."""
    leavers = _numbers(request.form.getlist("staff_id"))
    reason = request.form.get("reason", "")
    move = handing_over.let_go(leavers, reason=reason, by=actor())
    flash(f"{len(leavers)} 位导购已停用，他们的会员都有人接了")
    return redirect(url_for("console.owners_move", move_id=move.id), 303)


@pages.post("/owners/chosen")
@everybody
def owners_chosen() -> ResponseReturnValue:
    """These members, to be given to somebody: nothing has happened yet."""
    found = owners.chosen(_numbers(request.form.getlist("member_id")), actor())
    return render_template(
        "console/owners/transfer.html",
        members=[(each, members.shown_name(each)) for each in found],
        guides=owners.takers(actor()),
        **_words(),
    )


@pages.post("/owners/transfer")
@everybody
def owners_transfer() -> ResponseReturnValue:
    """They change hands."""
    chosen = _numbers(request.form.getlist("member_id"))
    to_staff_id = request.form.get("to", default=0, type=int)
    reason = request.form.get("reason", "")
    move = owners.transfer(chosen, to_staff_id, reason=reason, by=actor())
    return redirect(url_for("console.owners_move", move_id=move.id), 303)


@pages.get("/owners/moves/<int:move_id>")
@everybody
def owners_move(move_id: int) -> ResponseReturnValue:
    """What one did, guide by guide."""
    found = reports.report(move_id, actor())
    return render_template(
        "console/owners/move.html",
        found=found,
        may_undo=found.move.state == MoveState.DONE,
        still=queries.loads([each.staff_id for each in found.got]),
        **_words(),
    )


@pages.post("/owners/moves/<int:move_id>/undo")
@everybody
def owners_undo(move_id: int) -> ResponseReturnValue:
    """Everybody who has not changed hands again goes back."""
    reports.report(move_id, actor())
    owners.undo(move_id, actor())
    flash("撤销了，会员回到原来的导购")
    return redirect(url_for("console.owners_move", move_id=move_id), 303)


def _leaving(leavers: list[int]) -> str:
    guides = [each for each in people.everybody() if each.role in (Role.GUIDE, Role.STORE_MANAGER)]
    found = owners.plan(leavers) if leavers else None
    return render_template(
        "console/owners/leaving.html",
        guides=[each for each in guides if each.is_active or each.id in leavers],
        loads=queries.loads([each.id for each in guides]),
        leavers=leavers,
        plan=found,
        works={each.id: people.place_of(each.id).store_ids for each in guides if found},
        **_words(),
    )


def _words() -> dict[str, object]:
    return {
        "names": staff.names(),
        "stores": {store.id: store.name for _, found in stores.tree() for store in found},
        "kind_words": KIND_WORDS,
        "state_words": STATE_WORDS,
        "longest_reason": LONGEST_REASON,
        "is_headquarters": actor().role in HEADQUARTERS,
    }


def _numbers(given: list[str]) -> list[int]:
    return [int(each) for each in given if each.isascii() and each.isdecimal() and len(each) < 19]
