"""Stop: no further call begins; who was not sent to is counted under that reason."""

from __future__ import annotations

from sqlalchemy import select

from app.core import audit
from app.core.db import session
from app.core.errors import NotFound
from app.pushes.models import ACTIVE, DeliveryState, PushRun, RunState
from app.pushes.service import runs, sql
from app.pushes.service.settling import give_up
from app.staff.service import Actor

SKIP_UNCLAIMED = """
UPDATE deliveries SET state = 'skipped', reason = 'stopped'
WHERE brand_id = :brand AND run_id = :run AND state = 'planned' AND batch_id IS NULL"""


class NoSuchRun(NotFound):
    code, title = "no_push_run", "没有这次发送，或不在你的品牌里"


def stop(run_id: int, actor: Actor) -> None:
    """End the run for good; a call in flight is answered and counted. Twice is once."""
    if session.scalar(select(PushRun.id).filter_by(id=run_id)) is None:
        raise NoSuchRun()
    run = runs.lock(run_id)
    if run.state not in ACTIVE:
        return
    runs.end(run, RunState.STOPPED)
    skipped = sql.execute(SKIP_UNCLAIMED, run=run.id)
    for batch in runs.open_batches(run):
        if batch.state == DeliveryState.PLANNED:
            give_up(run, batch)
    audit.record("push.stopped", actor=actor.audit_name, subject=f"run:{run.id}", skipped=skipped)
