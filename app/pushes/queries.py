"""Pushes and their runs for whoever shows them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select

from app.core import db
from app.core.db import session
from app.core.errors import NotFound
from app.pushes.models import (
    UNDONE,
    Delivery,
    DeliveryState,
    Push,
    PushBatch,
    PushRun,
    SkipReason,
)


class NoSuchPush(NotFound):
    code, title = "no_push", "没有这条推送，或不在你的品牌里"


@dataclass(frozen=True)
class Receipts:
    """What WeChat reported: totals of batches. Who of a list got it is assumed, never known."""

    batches: int = 0
    confirmed: int = 0
    total: int = 0
    filtered: int = 0
    sent: int = 0
    errors: int = 0


@dataclass(frozen=True)
class Report:
    """Where everybody of a run is. Selected is the sum of the parts, so it cannot disagree."""

    sent: int = 0
    refused: int = 0
    unknown: int = 0
    planned: int = 0  # still to be sent to, or being called
    skipped: dict[SkipReason, int] = field(default_factory=dict)
    receipts: Receipts = field(default_factory=Receipts)

    @property
    def selected(self) -> int:
        return self.sent + self.refused + self.unknown + self.planned + sum(self.skipped.values())


def list_pushes() -> list[Push]:
    """All pushes of the brand, the newest first."""
    return list(session.scalars(select(Push).order_by(Push.id.desc())))


def get(push_id: int) -> Push:
    """Raises NoSuchPush."""
    push = db.get(Push, push_id)
    if push is None:
        raise NoSuchPush()
    return push


def runs_of(push_id: int) -> list[PushRun]:
    """The push's runs, the latest first."""
    statement = select(PushRun).where(PushRun.push_id == push_id)
    return list(session.scalars(statement.order_by(PushRun.due_at.desc())))


def run_report(run_id: int) -> Report:
    """How the run stands now."""
    counted = (
        select(Delivery.state, Delivery.reason, func.count())
        .where(Delivery.run_id == run_id)
        .group_by(Delivery.state, Delivery.reason)
    )
    states: dict[str, int] = {}
    skipped: dict[SkipReason, int] = {}
    for state, reason, people in session.execute(counted):
        states[state] = states.get(state, 0) + people
        if reason is not None:
            skipped[SkipReason(reason)] = people
    return Report(
        sent=states.get(DeliveryState.SENT, 0),
        refused=states.get(DeliveryState.REFUSED, 0),
        unknown=states.get(DeliveryState.UNKNOWN, 0),
        planned=sum(states.get(state, 0) for state in UNDONE),
        skipped=skipped,
        receipts=_receipts(run_id),
    )


def _receipts(run_id: int) -> Receipts:
    parts = (
        PushBatch.receipt_total,
        PushBatch.receipt_filtered,
        PushBatch.receipt_sent,
        PushBatch.receipt_errors,
    )
    sums = [func.coalesce(func.sum(part), 0) for part in parts]
    statement = select(func.count(PushBatch.id), func.count(PushBatch.receipt_at), *sums)
    found = session.execute(statement.where(PushBatch.run_id == run_id)).one()
    return Receipts(*(int(value) for value in found))
