"""Pushes in words: their states, their times, why somebody gets none."""

from __future__ import annotations

from collections.abc import Sequence

from app.console.figures import moment, wall_clock
from app.core import clock
from app.pushes.models import Push, PushRun, PushState, RunState, SkipReason

NO_AUDIENCE = "还没选标签"
STATE_WORDS = {
    PushState.DRAFT: ("草稿", ""),
    PushState.WAITING: ("等批准", "is-warn"),
    PushState.SCHEDULED: ("已定时", "is-done"),
    PushState.PAUSED: ("已暂停", "is-warn"),
    PushState.FINISHED: ("已完成", "is-done"),
}
RUN_WORDS = {
    RunState.PLANNED: ("等着发", ""),
    RunState.SENDING: ("发送中", "is-running"),
    RunState.DONE: ("已完成", "is-done"),
    RunState.STOPPED: ("已停止", "is-warn"),
}
REASON_HINTS = {
    SkipReason.NOT_FOLLOWING: "没有关注服务号，微信不让发",
    SkipReason.NO_CONSENT: "会员没有同意收营销消息，或已经撤回",
    SkipReason.UNDER_14: "未满 14 周岁，不做营销",
    SkipReason.HOLDOUT: "随机留下，结果里和他们比",
    SkipReason.MONTHLY_CAP: "本月 4 次群发已用完",
    SkipReason.TOO_FEW: "微信群发一次至少要 2 个人",
    SkipReason.STOPPED: "发到一半被同事停止",
}


def is_sending(runs: Sequence[PushRun]) -> bool:
    """Whether one of these runs is at it."""
    return any(run.state == RunState.SENDING for run in runs)


def now(push: Push, runs: Sequence[PushRun]) -> tuple[str, str]:
    """What it is doing now, with the colour of it: a run that sends outweighs the plan."""
    return RUN_WORDS[RunState.SENDING] if is_sending(runs) else STATE_WORDS[push.state]


def schedule(push: Push) -> str:
    """`每月 8 日 10:00`, or the one moment."""
    if push.once_at is not None:
        return moment(push.once_at)
    if push.day_of_month is None or push.at_time is None:
        return "还没定时间"
    return f"每月 {push.day_of_month} 日 {push.at_time:%H:%M}"


def period(run: PushRun) -> str:
    """When a run began and ended; `11月8日 10:00–10:09`."""
    begun = moment(run.started_at or run.due_at)
    if run.ended_at is None or run.started_at is None:
        return begun
    same_day = clock.business_day(run.started_at) == clock.business_day(run.ended_at)
    return f"{begun}–{wall_clock(run.ended_at) if same_day else moment(run.ended_at)}"
