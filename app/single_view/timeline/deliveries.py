"""Moments from pushes: what was sent to her, and what was not, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, select

from app.core.db import session
from app.pushes.models import (
    REASON_WORDS,
    UNDONE,
    Delivery,
    DeliveryState,
    Push,
    PushBatch,
    PushRun,
    SkipReason,
)
from app.single_view.timeline.moments import Gate, Kind, Moment, Whose, Window

HEADS = {
    DeliveryState.SENT: "推送：",
    DeliveryState.SKIPPED: "没有发给她：",
    DeliveryState.REFUSED: "微信没有收：",
    DeliveryState.UNKNOWN: "不知道发到没有：",
    DeliveryState.PLANNED: "等着发给她：",
    DeliveryState.CALLING: "正在发给她：",
}
TONES = {DeliveryState.REFUSED: ("被拒", "is-bad"), DeliveryState.UNKNOWN: ("未知", "is-unknown")}
WHY = {
    SkipReason.NOT_FOLLOWING: "那时她没有关注这个服务号",
    SkipReason.NO_CONSENT: "那时她不同意营销消息，或从来没有被问过",
    SkipReason.UNDER_14: "未满 14 岁的人不发营销消息",
    SkipReason.HOLDOUT: "抽签进了对照组，用来比较有没有效果",
    SkipReason.MONTHLY_CAP: "那个月的 4 次群发额度用完了",
    SkipReason.TOO_FEW: "那一批不够 2 人，微信不收",
    SkipReason.STOPPED: "有人中途停止了这次推送",
}
PASSED = {
    SkipReason.NOT_FOLLOWING: "关注着",
    SkipReason.NO_CONSENT: "同意营销",
    SkipReason.UNDER_14: "满 14 岁，或没有说",
    SkipReason.HOLDOUT: "不在对照组",
    SkipReason.MONTHLY_CAP: "还有额度",
    SkipReason.TOO_FEW: "一批够 2 人",
    SkipReason.STOPPED: "没有停止",
}


def pushes(whose: Whose, window: Window) -> list[Moment]:
    """Her place in every run that meant her."""
    at = func.coalesce(PushBatch.first_try_at, PushRun.started_at, PushRun.due_at)
    batch = and_(PushBatch.brand_id == Delivery.brand_id, PushBatch.id == Delivery.batch_id)
    wanted = (
        select(Delivery, at, Push.name)
        .join(PushRun, and_(PushRun.brand_id == Delivery.brand_id, PushRun.id == Delivery.run_id))
        .join(Push, and_(Push.brand_id == PushRun.brand_id, Push.id == PushRun.push_id))
        .outerjoin(PushBatch, batch)
        .where(Delivery.fan_id.in_(whose.fan_ids), window.holds(at, Delivery.run_id))
        .order_by(at.desc(), Delivery.run_id.desc())
        .limit(window.limit)
    )
    return [_delivery(*row) for row in session.execute(wanted)]


def _delivery(row: Delivery, at: datetime, name: str) -> Moment:
    badge, tone = TONES.get(row.state, ("", ""))
    reason = SkipReason(row.reason) if row.reason else None
    return Moment(
        at=at,
        kind=Kind.PUSH,
        key=str(row.run_id),
        icon="send",
        words=HEADS[row.state] + name,
        details=[WHY[reason]] if reason else _errcode(row),
        badge=REASON_WORDS[reason] if reason else badge,
        tone=tone,
        gates=gates(reason, row.state),
    )


def gates(reason: SkipReason | None, state: DeliveryState) -> Sequence[Gate]:
    """What was looked at, in the order in which it is looked at, up to what stopped it."""
    if reason is None:
        return [] if state in UNDONE else [Gate(words, True) for words in PASSED.values()]
    order = list(SkipReason)
    before = [Gate(PASSED[each], True) for each in order[: order.index(reason)]]
    return [*before, Gate(REASON_WORDS[reason], False)]


def _errcode(row: Delivery) -> list[str]:
    return [f"微信的代号 {row.errcode}"] if row.errcode else []
