"""Whom a run could not reach becomes her guide's task, where the push says so.

Only who does not follow, or whose month was used up: a "no" is a "no" to the guide as well, and
the hold-out stays untouched, or nothing could be measured against it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, select

from app.core.db import session
from app.members.models import Fan
from app.pushes.models import Delivery, DeliveryState, Push, PushRun, SkipReason
from app.pushes.service import runs
from app.tasks import bulk as tasks
from app.tasks.models import Situation, Source

AT_ONCE = 5_000
FOR_DAYS = 3
UNREACHED = (SkipReason.NOT_FOLLOWING, SkipReason.MONTHLY_CAP)

Missed = Row[int, int, SkipReason]


def hand_over(run_id: int, at_once: int = AT_ONCE) -> bool:
    """Ask the guides of the next people whom the run could not reach; False when none is left, or
    another worker is at it. Killed anywhere it goes on where it was, and nobody is asked twice."""
    wanted = select(PushRun).where(PushRun.id == run_id, PushRun.handed_to.is_not(None))
    fresh = wanted.execution_options(populate_existing=True)
    run = session.scalar(fresh.with_for_update(key_share=True, skip_locked=True))
    if run is None or run.handed_to is None:
        return False
    missed = _missed(run, run.handed_to, at_once)
    made = sum(_ask(run, runs.push_of(run), reason, missed) for reason in UNREACHED)
    run.handed_count = (run.handed_count or 0) + made
    run.handed_to = missed[-1].fan_id if len(missed) == at_once else None
    session.flush()
    return True


def _missed(run: PushRun, after: int, at_once: int) -> Sequence[Missed]:
    """Members alone: nobody but a member has a guide."""
    of_fan = (Fan.brand_id == Delivery.brand_id) & (Fan.id == Delivery.fan_id)
    statement = select(Delivery.fan_id, Fan.member_id, Delivery.reason).join(Fan, of_fan)
    skipped = statement.where(
        Delivery.run_id == run.id,
        Delivery.fan_id > after,
        Delivery.state == DeliveryState.SKIPPED,
        Delivery.reason.in_(UNREACHED),
        Fan.member_id.is_not(None),
    )
    return session.execute(skipped.order_by(Delivery.fan_id).limit(at_once)).all()  # type: ignore[return-value]


def _ask(run: PushRun, push: Push, reason: SkipReason, missed: Sequence[Missed]) -> int:
    wish = tasks.Wish(
        source=Source.PUSH,
        cause=f"push:{run.id}",
        situation=Situation.NEWS,
        facts={"push": push.name, "reason": reason},
        for_days=FOR_DAYS,
    )
    return tasks.make(wish, sorted({row.member_id for row in missed if row.reason == reason}))
