"""Points for what members do beside buying."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from app.core import clock
from app.core.db import session
from app.points import earning
from app.points.earning.rules import Act
from app.points.models import PointsAccount, PointsTransfer
from app.points.policy import policy
from app.points.service import due, moving

ACT = "act"


def earn_for_act(member_id: int, act: Act, *, of: int | None = None) -> int:
    """What the rules give for it now: once for each member, or once for each of whom it was done
    (a friend, whoever shared). Answers how many points she got; the second time none."""
    now = clock.now()
    if not earning.pays(act, now):
        return 0
    due.catch_up(member_id)  # her accounts are held: what counts for the day is counted once
    amount = earning.for_act(member_id, act, now, _done_today(member_id, act, now))
    reference = f"{act}:{member_id if of is None else of}"
    is_new = moving.earn(member_id, amount=amount, kind=ACT, reference=reference)
    return amount if is_new else 0


def _done_today(member_id: int, act: Act, now: datetime) -> int:
    zone = policy().zone
    today, _ = clock.day_bounds(clock.business_day(now, zone), zone)
    hers = (PointsAccount.brand_id == PointsTransfer.brand_id) & (
        PointsAccount.id == PointsTransfer.credit_id
    )
    done = (
        select(func.count())
        .select_from(PointsTransfer)
        .join(PointsAccount, hers)
        .where(
            PointsAccount.member_id == member_id,
            PointsTransfer.kind == ACT,
            PointsTransfer.reference.startswith(f"{act}:", autoescape=True),
            PointsTransfer.at >= today,
        )
    )
    return session.scalar(done) or 0
