"""今日's right side: what waits for a person, and the pushes of the day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from flask import url_for
from sqlalchemy import select

from app.complaints import queries as complaints
from app.console import codes, push_counts, push_view, push_words
from app.console.figures import count
from app.core import clock, deadletters
from app.core.db import session
from app.members import queries as members
from app.pushes import queries as pushes
from app.pushes.models import Push, PushRun, RunState
from app.pushes.queries import Report


@dataclass(frozen=True)
class Todo:
    """Something a person must look at, and the verb that does it."""

    tone: str
    what: str
    why: str
    verb: str
    url: str


@dataclass(frozen=True)
class TodayRun:
    """A push of today: its progress while it sends, its sum when done."""

    url: str
    name: str
    word: str
    tone: str
    aside: str
    width: str | None
    parts: str


def unknown_deliveries() -> list[Todo]:
    """Runs with people for whom WeChat never answered: shown, never sent again by themselves."""
    runs = _recent_runs()
    reports = pushes.run_reports([run.id for _, run in runs])
    return [
        Todo(
            tone="is-unknown",
            what=f"{count(reports[run.id].unknown)} 条投递结果未知",
            why=f"{push.name}，{push_words.period(run)}。不会自动重发",
            verb="查看",
            url=_page(run),
        )
        for push, run in runs
        if reports[run.id].unknown
    ]


def waiting_pushes() -> list[Todo]:
    """Pushes to so many people that somebody else must say yes."""
    return [
        Todo(
            tone="is-warn",
            what=f"推送「{push.name}」等批准",
            why=f"{push_words.schedule(push)}。批准前不会发",
            verb="去看",
            url=url_for("console.push_show", push_id=push.id),
        )
        for push in pushes.waiting()
    ]


def dead_letters() -> list[Todo]:
    """What failed eight times and now waits for a person."""
    dead = deadletters.counts().dead
    if not dead:
        return []
    return [
        Todo(
            tone="is-bad",
            what=f"{count(dead)} 条消息处理失败",
            why="试了 8 次，不再自己重试",
            verb="去看",
            url=url_for("console.dead_letters"),
        )
    ]


def withdrawals() -> list[Todo]:
    """What people took back in WeChat and nobody has finished yet."""
    waiting = members.open_withdrawals()
    if not waiting:
        return []
    return [
        Todo(
            tone="is-warn",
            what=f"{count(waiting)} 个撤回或注销没有办完",
            why="顾客在微信里撤回了授权，或注销了微信",
            verb="去看",
            url=url_for("console.withdrawals"),
        )
    ]


def complaints_waiting(store_ids: Collection[int] | None) -> list[Todo]:
    """What members complained of and nobody has answered."""
    waiting, late = complaints.waiting(store_ids)
    if not waiting:
        return []
    return [
        Todo(
            tone="is-bad" if late else "is-warn",
            what=f"{count(waiting)} 起投诉待处理",
            why=f"其中 {count(late)} 起过了三天" if late else "记下后三天内写下怎么处理的",
            verb="去处理",
            url=url_for("console.complaints"),
        )
    ]


def stores_without_codes(names: Mapping[int, str]) -> list[Todo]:
    """Stores where guides work but nobody can scan."""
    with_codes = codes.counts_by_store()
    bare = sorted(codes.stores_with_guides() & names.keys() - with_codes.keys())
    if not bare:
        return []
    more = f" 等 {count(len(bare))} 家店" if len(bare) > 1 else ""
    return [
        Todo(
            tone="is-warn",
            what=f"{names[bare[0]]}{more}还没有二维码",
            why="有导购在班，但顾客没有码可扫",
            verb="做码",
            url=url_for("console.store", store_id=bare[0]),
        )
    ]


def runs_of_day(on: date) -> list[TodayRun]:
    """The day's runs, latest first."""
    start, end = clock.day_bounds(on)
    found = session.execute(
        select(Push, PushRun)
        .join(PushRun, (PushRun.brand_id == Push.brand_id) & (PushRun.push_id == Push.id))
        .where(PushRun.due_at >= start, PushRun.due_at < end)
        .order_by(PushRun.due_at.desc())
    ).all()
    reports = pushes.run_reports([run.id for _, run in found])
    return [_today_run(push, run, reports[run.id]) for push, run in found]


def _today_run(push: Push, run: PushRun, report: Report) -> TodayRun:
    word, tone = push_words.RUN_WORDS[run.state]
    done = push_counts.decided(report)
    to_send = done + report.planned
    is_moving = run.state == RunState.SENDING and to_send > 0
    aside = f"选中 {count(report.selected)}"
    return TodayRun(
        url=_page(run),
        name=push.name,
        word=word,
        tone=tone,
        aside=f"{count(done)} / {count(to_send)}" if is_moving else aside,
        width=f"{done * 100 / to_send:.1f}%" if is_moving else None,
        parts=f"{aside} = {push_view.equation(report)}"
        if is_moving
        else push_view.equation(report),
    )


def _recent_runs() -> list[tuple[Push, PushRun]]:
    recent = PushRun.due_at >= clock.now() - codes.RECENT
    found = (
        select(Push, PushRun)
        .join(PushRun, (PushRun.brand_id == Push.brand_id) & (PushRun.push_id == Push.id))
        .where(recent)
        .order_by(PushRun.due_at.desc())
    )
    return [(push, run) for push, run in session.execute(found)]


def _page(run: PushRun) -> str:
    return url_for("console.push_show", push_id=run.push_id, run=run.id)
