"""A guide has finished with somebody: who served her, and that it is told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, literal

from app.core import clock, events
from app.members import queries as members
from app.visits.models import Outcome, Visit


def who_served(staff_id: int, outcome: Outcome) -> dict[str, Any]:
    """Who finished with her last has served her; but whoever sold to her stays it, when all that
    a colleague says of her next scan is that she bought nothing more."""
    served = {"served_by_id": staff_id, "served_at": clock.now(), "served_outcome": outcome}
    if outcome == Outcome.BOUGHT:
        return served
    has_bought = Visit.served_outcome == Outcome.BOUGHT
    return {
        name: case((has_bought, column), else_=literal(served[name], column.type))
        for name, column in ((name, Visit.__table__.c[name]) for name in served)
    }


def tell(visit: Visit, staff_id: int, outcome: Outcome) -> None:
    """A member was served: once, for ending a visit a second time changes nothing. Who said "not
    today", and who is no member yet, is no news."""
    fan = members.fan(visit.fan_id)
    if outcome == Outcome.NOT_TODAY or fan is None or fan.member_id is None:
        return
    events.record(
        "visit.served",
        fan_id=fan.id,
        member_id=fan.member_id,
        dedupe_key=f"served:{visit.id}:{visit.seq}",
        visit_id=visit.id,
        store_id=visit.store_id,
        staff_id=staff_id,
        outcome=outcome,
    )
