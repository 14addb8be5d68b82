"""How many people of a run went where, for one run or many, in one query."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.db import session
from app.pushes.models import Delivery, DeliveryState, PushBatch, PushRun, SkipReason
from app.pushes.queries import Report

Counted = tuple[DeliveryState, SkipReason | None, int]


def of_runs(run_ids: Collection[int]) -> dict[int, Report]:
    """A report for each of these runs, empty ones too; WeChat's receipts are left out."""
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
        planned=of(DeliveryState.PLANNED, DeliveryState.CALLING),
        skipped={SkipReason(reason): people for _, reason, people in counts if reason},
    )


def skipped(report: Report) -> int:
    """Everybody who was selected and not meant to be called, whatever the reason."""
    return sum(report.skipped.values())


def decided(report: Report) -> int:
    """How many of those to be called are settled, one way or the other."""
    return report.sent + report.refused + report.unknown


def last_runs(push_ids: Collection[int]) -> dict[int, PushRun]:
    """The latest run of each push that has had one."""
    latest = (
        select(PushRun)
        .where(PushRun.push_id.in_(push_ids))
        .ext(distinct_on(PushRun.push_id))
        .order_by(PushRun.push_id, PushRun.due_at.desc())
    )
    return {run.push_id: run for run in session.scalars(latest)}


def batches_of(run_id: int) -> list[tuple[PushBatch, int]]:
    """The run's mass calls in their order, with the people in each."""
    people = (
        select(func.count(Delivery.fan_id))
        .where(Delivery.brand_id == PushBatch.brand_id, Delivery.batch_id == PushBatch.id)
        .scalar_subquery()
    )
    found = select(PushBatch, people).where(PushBatch.run_id == run_id).order_by(PushBatch.id)
    return [(batch, count) for batch, count in session.execute(found)]
