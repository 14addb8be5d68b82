"""The rows of the coupon pages: a batch with its funnel, a coupon with its history, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.console import charts
from app.console.coupon_form import KINDS
from app.console.figures import count
from app.core.figures import share
from app.core.money import whole_yuan
from app.coupons.figures import Funnel, KindRate
from app.coupons.models import (
    Coupon,
    CouponBatch,
    CouponCampaign,
    CouponState,
    CouponStep,
    Grant,
    GrantState,
    Step,
)
from app.coupons.refusals import CASHIER, Reason
from app.coupons.rule import Names, describe, stored
from app.coupons.service.grants import Report
from app.points import queries as points
from app.stores import queries as stores

STATE_WORDS = {
    CouponState.USABLE: ("能用", "is-done"),
    CouponState.LATER: ("还没到时间", ""),
    CouponState.HELD: ("收银占用", "is-running"),
    CouponState.USED: ("已用", ""),
    CouponState.EXPIRED: ("过期", ""),
    CouponState.REVOKED: ("作废", "is-bad"),
}
STEP_WORDS = {
    Step.ISSUED: "发出",
    Step.RESERVED: "收银占用",
    Step.REDEEMED: "核销",
    Step.PARTLY_REFUNDED: "部分退款",
    Step.VOIDED: "取消占用",
    Step.LAPSED: "占用过期",
    Step.ROLLED_BACK: "退回",
    Step.REVOKED: "作废",
    Step.EXTENDED: "延长",
}
GRANT_WORDS = {
    GrantState.CHOOSING: ("正在圈人", "is-running"),
    GrantState.ISSUING: ("正在发", "is-running"),
    GrantState.DONE: ("已发完", "is-done"),
    GrantState.STOPPED: ("已停止", "is-warn"),
}
BY_WORDS = {
    "member": "本人",
    "till": "收银",
    "rule": "规则",
    "import": "导入",
    "time": "到时间",
    "order": "订单取消",
}
UNKNOWN_KIND = "商品券（导入）"


@dataclass(frozen=True)
class Row:
    """A batch in the list."""

    batch: CouponBatch
    kind: str
    word: str
    tone: str
    funnel: Funnel
    stock_width: str
    used_share: str
    budget: str


def row(batch: CouponBatch, funnel: Funnel, campaign: CouponCampaign | None) -> Row:
    """One batch with what became of its coupons."""
    word, tone = state_words(batch)
    return Row(
        batch=batch,
        kind=KINDS.get(batch.kind, UNKNOWN_KIND),
        word=word,
        tone=tone,
        funnel=funnel,
        stock_width=f"{100 * batch.issued / batch.stock:.1f}%" if batch.stock else "0%",
        used_share=share(funnel.used, batch.issued),
        budget=budget_words(campaign),
    )


def state_words(batch: CouponBatch) -> tuple[str, str]:
    """What a batch is at, and the colour of that."""
    if batch.revoked_at is not None:
        return "已作废", "is-bad"
    if batch.stopped_at is not None:
        return "已停发", "is-warn"
    return ("发完了", "is-warn") if batch.issued >= batch.stock else ("在发", "is-done")


def budget_words(campaign: CouponCampaign | None) -> str:
    """What its campaign has spent of what it may."""
    if campaign is None:
        return ""
    parts = []
    if campaign.budget_fen is not None:
        parts.append(f"{whole_yuan(campaign.taken_fen)} / {whole_yuan(campaign.budget_fen)}")
    if campaign.budget_count is not None:
        parts.append(f"{count(campaign.taken_count)} / {count(campaign.budget_count)} 张")
    return "，".join(parts)


def sentence(batch: CouponBatch) -> str:
    """The batch's rule for people; of an imported one its validity alone."""
    if batch.rule is None:
        return f"指定商品可用，{batch.valid_days} 天"
    return describe(stored(batch.rule), names())


def names() -> Names:
    """What stores and tiers are called."""
    return Names(
        stores={store.id: store.name for _, group in stores.tree() for store in group},
        tiers={tier.id: tier.name for tier in points.ladder()},
    )


@dataclass(frozen=True)
class FunnelRow:
    """One step of the funnel."""

    label: str
    count: int
    width: str
    share: str
    hint: str


def funnel_rows(funnel: Funnel) -> list[FunnelRow]:
    """Issued → put aside → used → refunded, each against what was issued."""
    steps = (
        ("发出", funnel.issued, ""),
        ("占用中", funnel.reserved, "此刻在收银台，到时间自动放开"),
        ("核销", funnel.used, f"抵扣 {whole_yuan(funnel.discount_fen)}"),
        ("部分退", funnel.refunded, "已算在核销里"),
        ("退回", funnel.rolled_back, "订单取消，券回到卡包"),
    )
    return [
        FunnelRow(label, n, charts.percent(n, funnel.issued), share(n, funnel.issued), hint)
        for label, n, hint in steps
    ]


def rate_words(rate: KindRate) -> str:
    """`604 / 3,647 = 16.56%`: two decimals, as campaigns are compared by them."""
    return f"{rate.redeemed / rate.targets:.2%}" if rate.targets else ""


@dataclass(frozen=True)
class CouponRow:
    """One coupon of a batch."""

    coupon: Coupon
    who: str
    word: str
    tone: str


def coupon_rows(
    coupons: Sequence[Coupon], batch: CouponBatch, numbers: Mapping[int, str], at: datetime
) -> list[CouponRow]:
    """Each coupon with its holder's number and what it is good for."""
    return [
        CouponRow(each, numbers.get(each.member_id, ""), *_state(each, batch, at))
        for each in coupons
    ]


def _state(coupon: Coupon, batch: CouponBatch, at: datetime) -> tuple[str, str]:
    state = coupon.state(at)
    if batch.revoked_at is not None and state is not CouponState.USED:
        state = CouponState.REVOKED
    return STATE_WORDS[state]


@dataclass(frozen=True)
class StepRow:
    """One line of a coupon's history."""

    at: datetime
    words: str
    by: str
    store: str
    order_id: int | None
    fen: str


def step_rows(steps: Sequence[CouponStep], staff: Mapping[int, str]) -> list[StepRow]:
    """Who, where, when, by which order, from what to what."""
    found = stores.by_ids({step.store_id for step in steps if step.store_id})
    return [
        StepRow(
            at=step.at,
            words=_step_words(step),
            by=_by(step.by, staff),
            store=found[step.store_id].name if step.store_id in found else "",
            order_id=step.order_id,
            fen=whole_yuan(step.fen) if step.fen else "",
        )
        for step in steps
    ]


def _step_words(step: CouponStep) -> str:
    before = STEP_WORDS[Step(step.from_step)] if step.from_step else ""
    after = STEP_WORDS[Step(step.to_step)]
    return f"{before} → {after}" if before else after


def _by(by: str, staff: Mapping[int, str]) -> str:
    kind, _, number = by.partition(":")
    if kind == "staff" and number.isdecimal():
        return staff.get(int(number), f"员工 {number}")
    return BY_WORDS.get(by, by)


@dataclass(frozen=True)
class GrantLine:
    """A mass issue and how far it is."""

    grant: Grant
    tag: str
    word: str
    tone: str
    report: Report
    refused: str
    is_open: bool


def grant_line(grant: Grant, tag: str, report: Report) -> GrantLine:
    """One grant: chosen = issued + refused + skipped + waiting."""
    word, tone = GRANT_WORDS[GrantState(grant.state)]
    why = [f"{CASHIER[Reason(reason)]} {count(n)}" for reason, n in report.refused.items()]
    is_open = grant.state in (GrantState.CHOOSING, GrantState.ISSUING)
    return GrantLine(grant, tag, word, tone, report, "；".join(why), is_open)
