"""会员合并: two who may be one person, side by side; a person decides, and can take it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import HEADQUARTERS, actor, only, pages
from app.console.figures import count
from app.core.money import yuan
from app.journeys import merging
from app.journeys.merging import Preview, Sheet
from app.members import queries
from app.members import service as members
from app.members.models import Member, MemberMerge, TwinReason, TwinState
from app.staff.models import Role

REASONS = {
    TwinReason.UNIONID: "微信说是同一个人",
    TwinReason.PHONE: "用过同一个手机号",
    TwinReason.OUTSIDE_ID: "外部编号相同",
    TwinReason.ORDER: "报出了对方的订单",
    TwinReason.STAFF: "店员认为是同一个人",
}
ORIGINS = {"card": "会员卡", "import": "导入"}
MARKETING = {True: "同意", False: "拒绝", None: "没有问过"}


@dataclass(frozen=True)
class Pair:
    """A line of the queue: two members, without a name."""

    twin_id: int
    low: Member
    high: Member
    reason: str
    found_at: datetime


@dataclass(frozen=True)
class Line:
    """One fact of both sheets. `differs` marks what a person should look at."""

    word: str
    survivor: str
    merged: str
    after: str

    @property
    def differs(self) -> bool:
        """Whether the two say different things."""
        return self.survivor != self.merged


@dataclass(frozen=True)
class Done:
    """A merge that stands, with both numbers."""

    merge: MemberMerge
    survivor: Member
    merged: Member
    may_be_undone: bool


@pages.get("/twins")
@only(*HEADQUARTERS)
def twins() -> ResponseReturnValue:
    """Who waits for a decision, the oldest first; then what was decided last."""
    return render_template(
        "console/merges/list.html",
        pairs=_waiting(),
        about=f"{count(queries.open_twin_count())} 对等人决定",
        done=_done(queries.latest_merges()),
        may_decide=actor().role == Role.ADMIN,
    )


@pages.get("/members/<int:member_id>/merge")
@only(*HEADQUARTERS)
def merge_page(member_id: int) -> ResponseReturnValue:
    """Both sheets, and what she would be as one. `with` is the other's number or id."""
    other_id = _other(request.args.get("with", ""))
    if other_id is None:
        return render_template("console/merges/choose.html", member=_member(member_id))
    seen = merging.preview(member_id, other_id)
    ids = sorted((member_id, other_id))
    waiting = [each for each in queries.open_twins() if [each.low_id, each.high_id] == ids]
    return render_template(
        "console/merges/compare.html",
        seen=seen,
        lines=_lines(seen),
        twin=waiting[0] if waiting else None,
        why=REASONS[waiting[0].reason] if waiting else "",
        may_decide=actor().role == Role.ADMIN,
    )


@pages.post("/members/<int:member_id>/merge")
@only(Role.ADMIN)
def merge_decide(member_id: int) -> ResponseReturnValue:
    """She is one person: make it so."""
    _member(member_id)
    other_id = _other(request.form.get("with", ""))
    if other_id is None:
        return redirect(url_for("console.merge_page", member_id=member_id))
    done = merging.merge(member_id, other_id, actor=actor().audit_name)
    flash("合并好了。可以在这里撤销")
    return redirect(url_for("console.twins", _anchor=f"merge-{done.id}"))


@pages.post("/twins/<int:twin_id>/different")
@only(Role.ADMIN)
def twins_different(twin_id: int) -> ResponseReturnValue:
    """They are two people; nobody is asked again."""
    members.settle_twins(twin_id, TwinState.DIFFERENT, actor=actor().audit_name)
    flash("记下了：不是同一个人")
    return redirect(url_for("console.twins"))


@pages.post("/merges/<int:merge_id>/undo")
@only(Role.ADMIN)
def merge_undo(merge_id: int) -> ResponseReturnValue:
    """Make them two again, and say what cannot be given back."""
    kept = merging.undo(merge_id, actor=actor().audit_name)
    flash("；".join(["撤销好了", *(each.words for each in kept)]))
    return redirect(url_for("console.twins"))


def _waiting() -> list[Pair]:
    found = queries.open_twins()
    known = queries.by_ids({each for row in found for each in (row.low_id, row.high_id)})
    return [
        Pair(row.id, known[row.low_id], known[row.high_id], REASONS[row.reason], row.found_at)
        for row in found
    ]


def _done(merges: list[MemberMerge]) -> list[Done]:
    known = queries.by_ids({each for row in merges for each in (row.survivor_id, row.merged_id)})
    latest: dict[int, int] = {}
    for row in merges:
        if row.undone_at is None:
            latest.setdefault(row.survivor_id, row.id)
    return [
        Done(
            row,
            known[row.survivor_id],
            known[row.merged_id],
            latest.get(row.survivor_id) == row.id and known[row.survivor_id].merged_into_id is None,
        )
        for row in merges
    ]


def _member(member_id: int) -> Member:
    found = queries.member(member_id)
    if found is None:
        raise merging.NobodyToMerge()
    return found


def _other(given: str) -> int | None:
    """The other one: by the number on her card, else by the id that a link carries."""
    text = given.strip()
    if not text:
        return None
    by_number = queries.by_number(text)
    if by_number is not None:
        return by_number.id
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    raise merging.NobodyToMerge()


def _lines(seen: Preview) -> list[Line]:
    facts = [_facts(sheet) for sheet in (seen.survivor, seen.merged, seen.after)]
    return [Line(word, *(each[word] for each in facts)) for word in facts[0]]


def _facts(sheet: Sheet) -> dict[str, str]:
    return {
        "姓名": sheet.name or "—",
        "手机": sheet.phone,
        "入会": f"{sheet.joined_on:%Y-%m-%d}",
        "来源": ORIGINS.get(sheet.origin, sheet.origin),
        "微信": f"{sheet.wechats} 个" if sheet.wechats else "—",
        "等级": sheet.tier,
        "累计消费": yuan(sheet.spent_fen),
        "积分": count(sheet.points),
        "能用的券": f"{sheet.coupons} 张",
        "订单": f"{sheet.orders} 单 · {yuan(sheet.order_fen)}",
        "标签": "、".join(sheet.tags) or "—",
        "营销消息": MARKETING[sheet.marketing],
    }
