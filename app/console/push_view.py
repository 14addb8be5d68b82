"""The rows of the push pages, made from plans, runs and tallies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from app.console import charts, push_words
from app.console.figures import count, moment, shares
from app.console.push_counts import skipped as skipped_count
from app.pushes.models import (
    REASON_WORDS,
    DeliveryState,
    Push,
    PushBatch,
    PushRun,
    PushState,
    SkipReason,
)
from app.pushes.queries import Report

BATCH_WORDS = {
    DeliveryState.CALLING: ("等微信答复", "is-running"),
    DeliveryState.SENT: ("微信已接收", "is-done"),
    DeliveryState.REFUSED: ("被拒", "is-bad"),
    DeliveryState.UNKNOWN: ("未知", "is-unknown"),
    DeliveryState.PLANNED: ("稍后再发", ""),
}


@dataclass(frozen=True)
class Row:
    """A push in the list, with its last run."""

    url: str
    name: str
    word: str
    tone: str
    audience: str
    schedule: str
    last_url: str | None
    last_at: datetime | None
    selected: int | None
    sent: int | None
    not_sent: int | None


@dataclass(frozen=True)
class Part:
    """A line of a breakdown: colour, words, people, share of the whole."""

    tone: str
    label: str
    hint: str
    count: int
    share: str = ""


@dataclass(frozen=True)
class ShownReach:
    """The funnel of the editor: selected = will + won't, won't = each reason."""

    selected: int
    will_count: int
    wont_count: int
    will_share: str
    wont_share: str
    wont: Sequence[Part]
    bar: Sequence[charts.Part]


@dataclass(frozen=True)
class ShownBatch:
    """One mass call, and the totals WeChat reported for it."""

    word: str
    tone: str
    called_at: datetime | None
    receipt_at: datetime | None
    people: int
    reported_sent: int | None
    reported_errors: int | None


@dataclass(frozen=True)
class ShownRun:
    """A run's result."""

    id: int
    url: str
    period_words: str
    word: str
    tone: str
    report: Report
    skipped: int
    rows: Sequence[Part]
    bar: Sequence[charts.Part]
    batches: Sequence[ShownBatch]
    receipts: Sequence[tuple[str, int]]
    receipts_words: str
    reported_sent: int | None
    reported_errors: int | None


def row(push: Push, audience: str, last: PushRun | None, report: Report | None) -> Row:
    """A line of the list."""
    word, tone = push_words.now(push, [last] if last else [])
    page = url_for("console.push_show", push_id=push.id)
    is_draft = push.state == PushState.DRAFT and last is None
    return Row(
        url=url_for("console.push_edit", push_id=push.id) if is_draft else page,
        name=push.name or "没有名称的草稿",
        word=word,
        tone=tone,
        audience=audience,
        schedule=push_words.schedule(push),
        last_url=url_for("console.push_show", push_id=push.id, run=last.id) if last else None,
        last_at=(last.started_at or last.due_at) if last else None,
        selected=report.selected if report else None,
        sent=report.sent if report else None,
        not_sent=report.selected - report.sent if report else None,
    )


def reach(selected: int, will_send: int, skipped: Mapping[SkipReason, int]) -> ShownReach:
    """The reach of what stands in the editor now."""
    reasons = _reasons(skipped)
    percents = shares([will_send, *(part.count for part in reasons)])
    wont = [
        Part(part.tone, part.label, part.hint, part.count, percent)
        for part, percent in zip(reasons, percents[1:], strict=True)
    ]
    will_share, wont_share = shares([will_send, selected - will_send])
    return ShownReach(
        selected=selected,
        will_count=will_send,
        wont_count=selected - will_send,
        will_share=will_share,
        wont_share=wont_share,
        wont=wont,
        bar=_bar([Part("c1", "会发", "", will_send), *reasons]),
    )


def run(
    push: Push, found: PushRun, report: Report, batches: Iterable[tuple[PushBatch, int]]
) -> ShownRun:
    """One run, with every person of it in exactly one row."""
    word, tone = push_words.RUN_WORDS[found.state]
    given = list(batches)
    shown = [_batch(each, people) for each, people in given]
    rows = _where(report)
    receipts = _receipts([each for each, _ in given])
    return ShownRun(
        id=found.id,
        url=url_for("console.push_show", push_id=push.id, run=found.id),
        period_words=push_words.period(found),
        word=word,
        tone=tone,
        report=report,
        skipped=skipped_count(report),
        rows=rows,
        bar=_bar(rows),
        batches=shown,
        receipts=receipts,
        receipts_words=_receipts_words([each for each, _ in given]),
        reported_sent=_sum([each.receipt_sent for each, _ in given]),
        reported_errors=_sum([each.receipt_errors for each, _ in given]),
    )


def _where(report: Report) -> list[Part]:
    rows = [
        Part("c1", "发出", "微信已接收；是否送达看回执的总数", report.sent),
        Part("c-bad", "被拒", "微信退回了这一批，没有扣次数", report.refused),
        Part("c5", "未知", "没等到答复，不会自动重发", report.unknown),
        Part("c4", "跳过", _sum_of_reasons(report), skipped_count(report)),
    ]
    if report.planned:
        rows.append(Part("c2", "还没发", "排着队或等微信答复", report.planned))
    return rows


def _sum_of_reasons(report: Report) -> str:
    parts = [f"{part.label} {count(part.count)}" for part in _reasons(report.skipped)]
    return " + ".join(parts) or "没有人被跳过"


def _reasons(skipped: Mapping[SkipReason, int]) -> list[Part]:
    tones = {SkipReason.HOLDOUT: "c0"}
    return [
        Part(tones.get(why, "c4"), REASON_WORDS[why], push_words.REASON_HINTS[why], skipped[why])
        for why in SkipReason
        if skipped.get(why)
    ]


def _bar(rows: Iterable[Part]) -> list[charts.Part]:
    return charts.parts([(part.tone, part.label, part.count) for part in rows])


def _batch(found: PushBatch, people: int) -> ShownBatch:
    word, tone = BATCH_WORDS[found.state]
    return ShownBatch(
        word=word,
        tone=tone,
        called_at=found.first_try_at,
        receipt_at=found.receipt_at,
        people=people,
        reported_sent=found.receipt_sent,
        reported_errors=found.receipt_errors,
    )


def _receipts(batches: Sequence[PushBatch]) -> list[tuple[str, int]]:
    if not any(batch.receipt_at for batch in batches):
        return []
    return [
        ("微信收到的人数", _sum([batch.receipt_total for batch in batches]) or 0),
        ("过滤后要发", _sum([batch.receipt_filtered for batch in batches]) or 0),
        ("报送达", _sum([batch.receipt_sent for batch in batches]) or 0),
        ("报失败", _sum([batch.receipt_errors for batch in batches]) or 0),
    ]


def _receipts_words(batches: Sequence[PushBatch]) -> str:
    received = sum(1 for batch in batches if batch.receipt_at)
    latest = max((batch.receipt_at for batch in batches if batch.receipt_at), default=None)
    last = f"{len(batches)} 批里 {received} 批有回执，最近 {moment(latest)}"
    return f"{last}。过滤后要发 = 报送达 + 报失败"


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def equation(report: Report) -> str:
    """`发出 5,688 + 跳过 730 + 未知 2`: the parts of the selected, zeros left out."""
    parts = [
        ("发出", report.sent),
        ("跳过", skipped_count(report)),
        ("被拒", report.refused),
        ("未知", report.unknown),
        ("还没发", report.planned),
    ]
    return " + ".join(f"{word} {count(people)}" for word, people in parts if people) or "没有选中人"
