"""Pushes and their runs for whoever shows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

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


Counted = tuple[DeliveryState, SkipReason | None, int]


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
    """How the run stands now, with what WeChat reported."""
    return replace(run_reports([run_id])[run_id], receipts=_receipts(run_id))


def run_reports(run_ids: Collection[int]) -> dict[int, Report]:
    """A report for each of these runs in one query; WeChat's receipts are left out."""
    found: dict[int, list[Counted]] = {run_id: [] for run_id in run_ids}
    counted = (
        select(Delivery.run_id, Delivery.state, Delivery.reason, func.count())
        .where(Delivery.run_id.in_(run_ids))
        .group_by(Delivery.run_id, Delivery.state, Delivery.reason)
    )
    for run_id, state, reason, people in session.execute(counted):
        found[run_id].append((state, reason, people))
    return {run_id: _report(counts) for run_id, counts in found.items()}


def _report(counts: Sequence[Counted]) -> Report:
    def of(*states: DeliveryState) -> int:
        return sum(people for state, _, people in counts if state in states)

    return Report(
        sent=of(DeliveryState.SENT),
        refused=of(DeliveryState.REFUSED),
        unknown=of(DeliveryState.UNKNOWN),
        planned=of(*UNDONE),
        skipped={SkipReason(reason): people for _, reason, people in counts if reason},
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
