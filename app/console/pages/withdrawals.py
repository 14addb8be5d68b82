"""撤回与注销: what people took back in WeChat, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.access import HEADQUARTERS, actor, only, pages
from app.console.figures import count
from app.members import queries, service
from app.members.models import Withdrawal, WithdrawalState
from app.staff.models import Role

LONGEST_NOTE = 100
WHAT = {
    "phone": "手机号",
    "account": "注销微信",
    "not_known": "微信没有说明的一项",
    "address": "地址",
    "invoice": "发票抬头",
    "profile": "昵称和头像",
    "nickname": "昵称",
    "avatar": "头像",
    "location": "位置",
    "place": "选过的位置",
    "plate_number": "车牌号",
    "bluetooth": "蓝牙",
    "microphone": "麦克风",
    "camera": "摄像头",
    "steps": "微信运动",
    "album": "照片和视频",
    "file": "文件",
    "email": "邮箱",
    "card": "卡券",
}
STATES = {
    WithdrawalState.DONE: ("办好了", "is-done"),
    WithdrawalState.ERASURE_DUE: ("等待注销", "is-warn"),
    WithdrawalState.FOR_A_PERSON: ("等人判断", "is-bad"),
}


@dataclass(frozen=True)
class Shown:
    """A withdrawal, without a name: the fan's number leads to her timeline."""

    id: int
    asked_at: datetime
    what: str
    code: str | None
    fan_id: int | None
    word: str
    tone: str
    waits_for_a_person: bool
    became: str


@pages.get("/withdrawals")
@only(*HEADQUARTERS)
def withdrawals() -> ResponseReturnValue:
    """The list: what is open first."""
    return render_template(
        "console/withdrawals/page.html",
        rows=[_shown(row) for row in queries.withdrawals()],
        about=f"{count(queries.open_withdrawals())} 个没有办完",
        may_settle=actor().role == Role.ADMIN,
        longest_note=LONGEST_NOTE,
    )


@pages.post("/withdrawals/<int:withdrawal_id>/settled")
@only(Role.ADMIN)
def withdrawal_settle(withdrawal_id: int) -> ResponseReturnValue:
    """A person has judged it, and writes down what she did."""
    note = request.form.get("note", "").strip()
    if not 0 < len(note) <= LONGEST_NOTE:
        flash(f"写明怎么处理的，最多 {LONGEST_NOTE} 个字")
    else:
        service.settle_withdrawal(withdrawal_id, actor=actor().audit_name, note=note)
        flash("记下了 1 个撤回的处理结果")
    return redirect(url_for("console.withdrawals"))


def _shown(row: Withdrawal) -> Shown:
    word, tone = STATES[row.state]
    return Shown(
        id=row.id,
        asked_at=row.asked_at,
        what=WHAT.get(row.what, row.what),
        code=row.code,
        fan_id=row.fan_id,
        word=word,
        tone=tone,
        waits_for_a_person=row.state == WithdrawalState.FOR_A_PERSON,
        became=_became(row),
    )


def _became(row: Withdrawal) -> str:
    if row.note:
        return row.note
    if row.state == WithdrawalState.ERASURE_DUE:
        return "已停发，资料等待注销"
    if row.state == WithdrawalState.FOR_A_PERSON:
        return ""
    if row.fan_id is None:
        return "没有见过这个人，没有她的资料"
    return "这里没有她的手机号了" if row.what == "phone" else "回客没有存这一项"
