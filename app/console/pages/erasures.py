"""注销: who asked, until when it may be taken back, and the receipt of what became of it."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.brands import service as brands
from app.console.access import HEADQUARTERS, actor, only, pages
from app.console.figures import count
from app.core import clock, db
from app.core.errors import NotFound
from app.core.privacy import Fate
from app.journeys.privacy import copying, rights
from app.members import queries
from app.members import service as members
from app.members.models import Erasure, ErasureState, Member
from app.members.service import erasures, promises
from app.staff.models import Role

LONGEST_REASON = 100
DOORS = {
    "card": "会员卡",
    "console": "后台代办",
    "wechat": "注销微信",
    "unfollow": "取消关注",
}
STATES = {
    ErasureState.ASKED: ("反悔期", "is-warn"),
    ErasureState.DONE: ("办好了", "is-done"),
    ErasureState.TAKEN_BACK: ("本人撤回", ""),
}


class NotHere(NotFound):
    code, title = "no_member", "没有这位会员，或不在你的范围内"


@pages.get("/erasures")
@only(*HEADQUARTERS)
def erasures_list() -> ResponseReturnValue:
    """Those that wait first."""
    rows = queries.erasures()
    waiting = sum(row.state == ErasureState.ASKED for row in rows)
    return render_template(
        "console/erasures/page.html",
        rows=rows,
        doors=DOORS,
        states=STATES,
        about=f"{count(waiting)} 位在反悔期",
    )


@pages.get("/erasures/<int:erasure_id>")
@only(*HEADQUARTERS)
def erasure(erasure_id: int) -> ResponseReturnValue:
    """The receipt: what was erased, and what the law keeps without her."""
    row = _erasure(erasure_id)
    parts = {fate: [line for line in row.lines if line["fate"] == fate] for fate in Fate}
    word, tone = STATES[row.state]
    return render_template(
        "console/erasures/receipt.html",
        row=row,
        word=word,
        tone=tone,
        door=DOORS.get(row.door, row.door),
        erased=parts[Fate.ERASED],
        kept=parts[Fate.KEPT],
        may_take_back=row.state == ErasureState.ASKED and actor().role == Role.ADMIN,
    )


@pages.post("/erasures/<int:erasure_id>/taken-back")
@only(Role.ADMIN)
def erasure_take_back(erasure_id: int) -> ResponseReturnValue:
    """She told the shop that she changed her mind."""
    row = _erasure(erasure_id)
    erasures.take_back_erasure(row.id, by=actor().audit_name)
    flash(f"回执 {row.receipt} 的注销撤回了，什么也没有删")
    return redirect(url_for("console.erasures_list"))


@pages.get("/members/<int:member_id>/rights")
@only(Role.ADMIN)
def person_rights(member_id: int) -> ResponseReturnValue:
    """What she may ask of us, done for her at the desk."""
    member = _member(member_id)
    if member.erased_at is not None:
        return render_template("console/members/erased.html")
    return render_template(
        "console/erasures/rights.html",
        member=member,
        phone=members.masked_phone(member),
        waiting=erasures.open_erasure(member.id),
        days=promises.of_brand(brands.get(db.current_brand_id())).cooling_off_days,
        longest_reason=LONGEST_REASON,
        longest_name=rights.LONGEST_NAME,
    )


@pages.post("/members/<int:member_id>/copy")
@only(Role.ADMIN)
def person_copy(member_id: int) -> ResponseReturnValue:
    """Her copy, handed out for a reason that is written down."""
    member, reason = _standing(member_id), request.form.get("reason", "").strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        flash(f"没有导出：写明为什么，最多 {LONGEST_REASON} 个字")
        return redirect(url_for("console.person_rights", member_id=member.id))
    copy = rights.copy_of_member(member.brand_id, member.id, by=actor().audit_name, reason=reason)
    return render_template("privacy/copy.html", copy=copy, shown=copying.shown, token=None)


@pages.post("/members/<int:member_id>/correction")
@only(Role.ADMIN)
def person_correct(member_id: int) -> ResponseReturnValue:
    """She told the shop what her name or birthday really is."""
    member = _standing(member_id)
    born_on = rights.read_day(request.form.get("born_on", ""))
    name = request.form.get("name", "").strip() or None
    rights.correct_member(member, name=name, born_on=born_on, by=actor().audit_name)
    flash("更正好了，记在审计里")
    return redirect(url_for("console.person_rights", member_id=member.id))


@pages.post("/members/<int:member_id>/refusal")
@only(Role.ADMIN)
def person_refuse(member_id: int) -> ResponseReturnValue:
    """She told the shop that she wants no more marketing."""
    member = _standing(member_id)
    is_new = members.refuse_marketing(None, member.id, "console")
    flash("停发了，排队中的也不会再发" if is_new else "她本来就没有打开营销消息")
    return redirect(url_for("console.person_rights", member_id=member.id))


@pages.post("/members/<int:member_id>/erasure")
@only(Role.ADMIN)
def person_erase(member_id: int) -> ResponseReturnValue:
    """She asked the shop to be forgotten; the days to change her mind are the same."""
    member = _standing(member_id)
    days = promises.of_brand(brands.get(db.current_brand_id())).cooling_off_days
    asked = erasures.ask_erasure(
        member_id=member.id,
        fan_id=None,
        door="console",
        by=actor().audit_name,
        due_at=clock.now() + timedelta(days=days),
    )
    flash(f"记下了注销申请，回执 {asked.receipt}；{days} 天内可以撤回")
    return redirect(url_for("console.erasure", erasure_id=asked.id))


def _erasure(erasure_id: int) -> Erasure:
    row = db.get(Erasure, erasure_id)
    if row is None:
        raise erasures.NoErasure()
    return row


def _member(member_id: int) -> Member:
    member = queries.member(member_id)
    if member is None:
        raise NotHere()
    return member


def _standing(member_id: int) -> Member:
    member = _member(member_id)
    if member.erased_at is not None:
        raise NotHere()
    return member
