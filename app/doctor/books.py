"""The books: what waits, what died, and whether the ledgers add up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, select

from app.core import audit, clock, db
from app.core.db import session
from app.core.events import ReactionState, ReactionWork
from app.core.inbox import InboxMessage, InboxState
from app.coupons import queries as coupons
from app.doctor.patient import Patient
from app.doctor.steps import Fault
from app.points import queries as points
from app.pushes import queries as pushes
from app.stores import queries as stores

LATE = timedelta(seconds=60)
PERMANENT_CODES = 100_000  # an account, by WeChat's rule
NEARLY_ALL = 0.95
SHOWN = 5
KEEP_EVIDENCE = "先别改数据：留一份备份，再查是谁绕过回客改了库"


def inbox(patient: Patient) -> str:
    """Nothing that came in waits for long."""
    mine = InboxMessage.brand_id.in_(patient.brands())
    oldest = select(func.min(InboxMessage.due_at), func.count(InboxMessage.id))
    with db.system_transaction():
        due_at, waiting = session.execute(
            oldest.where(mine, InboxMessage.state == InboxState.NEW)
        ).one()
    if due_at is not None and clock.now() - due_at > LATE:
        seconds = (clock.now() - due_at).total_seconds()
        raise Fault(
            f"收件箱积着 {waiting:,} 条，最老的晚了 {seconds:,.0f} 秒",
            "看 worker-now 的日志里的 inbox.failed；忙不过来就再起一个",
        )
    return f"{waiting:,} 条在等"


def reactions(patient: Patient) -> str:
    """What follows from events is not late."""
    is_late = ReactionWork.due_at < clock.now() - LATE
    late = _count_reactions(patient, ReactionState.DUE, is_late)
    if late:
        raise Fault(f"{late:,} 条消息晚了 1 分钟以上", "看 worker-now 的日志里的 reaction.failed")
    return "没有晚的"


def dead_letters(patient: Patient) -> str:
    """Nothing was given up."""
    mine = InboxMessage.brand_id.in_(patient.brands())
    counted = select(func.count(InboxMessage.id)).where(mine, InboxMessage.state == InboxState.DEAD)
    with db.system_transaction():
        unread = session.scalar(counted) or 0
    failed = _count_reactions(patient, ReactionState.DEAD)
    if unread or failed:
        raise Fault(
            f"死信 {unread + failed:,} 条：看不懂的消息 {unread:,}，没做成的后续 {failed:,}",
            "打开控制台 → 死信台，看原因，修好后重放",
        )
    return "没有死信"


def _count_reactions(patient: Patient, state: ReactionState, *also: object) -> int:
    mine = ReactionWork.brand_id.in_(patient.brands())
    counted = select(func.count(ReactionWork.event_id)).where(mine, ReactionWork.state == state)
    with db.system_transaction():
        return session.scalar(counted.where(*also)) or 0  # type: ignore[arg-type]


def points_ledger(patient: Patient) -> str:
    """Every balance is the sum of its movements, and all of them together are nought."""
    moved = 0
    for brand_id, slug in patient.brands().items():
        with db.transaction(brand_id):
            credited, total = points.totals()
            wrong = points.mismatches()
        if total or wrong:
            raise Fault(f"{slug} 的积分对不上：{_some(wrong, '账户')}", KEEP_EVIDENCE)
        moved += credited
    return f"{moved:,} 分，逐笔相加一致"


def coupon_books(patient: Patient) -> str:
    """Issued and used are what the rows say, and within stock."""
    _each_brand(patient, coupons.miscounted_batches, "券批次的发出数对不上", "批次")
    _each_brand(patient, coupons.miscounted_coupons, "券的使用数对不上", "券")
    _each_brand(patient, coupons.miscounted_campaigns, "券活动的预算对不上", "活动")
    return "发出、核销、预算与逐张相加一致"


def push_books(patient: Patient) -> str:
    """Whoever was selected is in exactly one place, and an ended run has nobody left."""
    _each_brand(patient, pushes.unfinished_in_ended_runs, "已结束的推送里还有人没着落", "推送")
    _each_brand(patient, pushes.miscounted_months, "每月额度与发出数对不上", "人")
    return "人数相加一致"


def _each_brand(patient: Patient, find: Callable[[], list[int]], what: str, thing: str) -> None:
    for brand_id, slug in patient.brands().items():
        with db.transaction(brand_id):
            wrong = find()
        if wrong:
            raise Fault(f"{slug}：{what}，{_some(wrong, thing)}", KEEP_EVIDENCE)


def _some(wrong: list[int], thing: str) -> str:
    shown = "、".join(str(number) for number in wrong[:SHOWN])
    more = f" 等 {len(wrong):,} 个" if len(wrong) > SHOWN else ""
    return f"{thing} {shown}{more}" if wrong else "总和不为零"


def audit_chain(patient: Patient) -> str:
    """No row was removed or edited."""
    rows = 0
    for brand_id, slug in patient.brands().items():
        with db.transaction(brand_id):
            count, broken = audit.verify()
        if broken is not None:
            raise Fault(f"{slug} 的审计从第 {broken:,} 条断开", KEEP_EVIDENCE)
        rows += count
    return f"{rows:,} 条，完整"


def code_budget(patient: Patient) -> str:
    """Permanent QR codes against the account's hundred thousand, which WeChat never gives back."""
    used: dict[int, int] = {}
    for brand_id in patient.brands():
        with db.transaction(brand_id):
            used |= stores.permanent_codes()
    most = max(used.values(), default=0)
    if most >= PERMANENT_CODES * NEARLY_ALL:
        raise Fault(
            f"永久码快用完：{most:,} / {PERMANENT_CODES:,}",
            "活动海报改用临时码；只给门店和导购做永久码",
        )
    return f"{most:,} / {PERMANENT_CODES:,}"
