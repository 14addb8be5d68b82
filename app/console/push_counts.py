"""What the pages say of a run beside its report: its batches, and the last run of each push."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.db import session
from app.pushes.models import Delivery, PushBatch, PushRun
from app.pushes.queries import Report


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
