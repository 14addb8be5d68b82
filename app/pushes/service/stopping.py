"""Stop: no further call begins; who was not sent to is counted under that reason."""

from __future__ import annotations

from sqlalchemy import select

from app.core import audit
from app.core.db import session
from app.core.errors import NotFound
from app.pushes.models import ACTIVE, PushRun
from app.pushes.service import runs
from app.pushes.service.settling import halt
from app.staff.service import Actor


class NoSuchRun(NotFound):
    code, title = "no_push_run", "没有这次发送，或不在你的品牌里"


def stop(run_id: int, actor: Actor) -> None:
    """End the run for good; a call in flight is answered and counted. Twice is once."""
    if session.scalar(select(PushRun.id).filter_by(id=run_id)) is None:
        raise NoSuchRun()
    run = runs.lock(run_id)
    if run.state not in ACTIVE:
        return
    skipped = halt(run)
    audit.record("push.stopped", actor=actor.audit_name, subject=f"run:{run.id}", skipped=skipped)
