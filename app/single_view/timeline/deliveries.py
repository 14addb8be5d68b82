"""Moments from pushes: what was sent to her, and what was not, with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from app.pushes.models import REASON_WORDS, UNDONE, DeliveryState, SkipReason
from app.single_view.timeline.moments import Gate, Kind, Moment, Row, Source, Whose

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


def _delivery(row: Row, _whose: Whose) -> Moment:
    """Her place in a run that meant her."""
    state = DeliveryState(row.facts["state"])
    badge, tone = TONES.get(state, ("", ""))
    reason = SkipReason(row.facts["reason"]) if row.facts["reason"] else None
    return Moment(
        at=row.at,
        kind=Kind.PUSH,
        key=row.key,
        icon="send",
        words=HEADS[state] + row.facts["name"],
        details=[WHY[reason]] if reason else _errcode(row.facts["errcode"]),
        badge=REASON_WORDS[reason] if reason else badge,
        tone=tone,
        gates=gates(reason, state),
    )


def gates(reason: SkipReason | None, state: DeliveryState) -> Sequence[Gate]:
    """What was looked at, in the order in which it is looked at, up to what stopped it."""
    if reason is None:
        return [] if state in UNDONE else [Gate(words, True) for words in PASSED.values()]
    order = list(SkipReason)
    before = [Gate(PASSED[each], True) for each in order[: order.index(reason)]]
    return [*before, Gate(REASON_WORDS[reason], False)]


def _errcode(errcode: int | None) -> list[str]:
    return [f"微信的代号 {errcode}"] if errcode else []


PUSHES = Source(
    """
    SELECT COALESCE(batch.first_try_at, run.started_at, run.due_at) AS at, hers.run_id AS key,
           json_build_object('name', push.name, 'state', hers.state, 'reason', hers.reason,
                             'errcode', hers.errcode) AS facts
    FROM deliveries hers
    JOIN push_runs run ON run.brand_id = hers.brand_id AND run.id = hers.run_id
    JOIN pushes push ON push.brand_id = run.brand_id AND push.id = run.push_id
    LEFT JOIN push_batches batch
           ON batch.brand_id = hers.brand_id AND batch.id = hers.batch_id
    WHERE hers.brand_id = :brand AND hers.fan_id = ANY(CAST(:fans AS bigint[]))
    """,
    _delivery,
    {Kind.PUSH},
)
