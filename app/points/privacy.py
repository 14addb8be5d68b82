"""What becomes of a person's points: what is left lapses, the ledger stays."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from app.core.privacy import Fate, Person, Rule, of_member
from app.points import service
from app.points.models import (
    GrowthEntry,
    MemberTier,
    OrderPoints,
    PointsAccount,
    PointsDraw,
    PointsHold,
    PointsLot,
    PointsRefund,
    PointsTransfer,
    TierStep,
)

LEDGER = "会计法第二十三条：积分是合同负债，账不能断；注销时余额作废也记一笔"


def _transfer_is_hers(person: Person) -> ColumnElement[bool]:
    accounts = select(PointsAccount.id).where(of_member(PointsAccount)(person))
    return or_(PointsTransfer.debit_id.in_(accounts), PointsTransfer.credit_id.in_(accounts))


def _draw_is_hers(person: Person) -> ColumnElement[bool]:
    return PointsDraw.hold_key.in_(select(PointsHold.key).where(of_member(PointsHold)(person)))


def _lapse(person: Person) -> int:
    if person.member_id is not None:
        service.lapse(person.member_id, kind="erased", reference=f"erased:{person.member_id}")
    return ACCOUNTS.count(person)


ACCOUNTS = Rule(
    PointsAccount,
    "积分账户",
    of_member(PointsAccount),
    Fate.KEPT,
    LEDGER,
    columns={"kind": "账户", "balance": "余额"},
)
RULES = (
    Rule(
        MemberTier,
        "等级",
        of_member(MemberTier),
        columns={"tier_id": "等级编号", "spent_fen": "累计消费（分）", "changed_at": "时间"},
    ),
    Rule(
        GrowthEntry,
        "成长值明细",
        of_member(GrowthEntry),
        columns={"at": "时间", "kind": "种类", "fen": "计入（分）"},
    ),
    Rule(
        TierStep,
        "等级变动",
        of_member(TierStep),
        columns={"at": "时间", "tier_id": "等级编号", "why": "原因", "reason": "说明"},
    ),
    Rule(
        PointsAccount,
        ACCOUNTS.title,
        ACCOUNTS.hers,
        Fate.KEPT,
        LEDGER,
        columns=ACCOUNTS.columns,
        act=_lapse,
    ),
    Rule(
        PointsTransfer,
        "积分明细",
        _transfer_is_hers,
        Fate.KEPT,
        LEDGER,
        columns={"at": "时间", "kind": "种类", "reference": "依据", "amount": "分数"},
    ),
    Rule(
        PointsLot,
        "积分到期日",
        of_member(PointsLot),
        Fate.KEPT,
        LEDGER,
        columns={"lapses_at": "到期", "amount": "分数", "remaining": "剩余"},
    ),
    Rule(
        PointsDraw,
        "积分预留的到期日",
        _draw_is_hers,
        Fate.KEPT,
        LEDGER,
        columns={"lapses_at": "到期", "amount": "分数"},
    ),
    Rule(
        PointsHold,
        "积分预留",
        of_member(PointsHold),
        Fate.KEPT,
        LEDGER,
        columns={"until": "到", "state": "状态", "amount": "分数", "order_id": "订单编号"},
    ),
    Rule(
        OrderPoints,
        "订单得的积分",
        of_member(OrderPoints),
        Fate.KEPT,
        LEDGER,
        columns={"order_id": "订单编号", "earned": "得", "clawed_back": "扣回"},
    ),
    Rule(
        PointsRefund,
        "退货扣回的积分",
        of_member(PointsRefund),
        Fate.KEPT,
        LEDGER,
        columns={"at": "时间", "order_id": "订单编号", "amount": "分数"},
    ),
)
NOT_OF_PEOPLE = ("earning_books", "points_policies", "tiers")
