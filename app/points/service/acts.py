"""Points for what members do beside buying."""

from __future__ import annotations

from app.core import clock
from app.points import earning
from app.points.earning.rules import Act
from app.points.service import moving


def earn_for_act(member_id: int, act: Act) -> int:
    """What the rules give for it now, once for each member. Answers how many points she got; the
    second time none."""
    amount = earning.for_act(member_id, act, clock.now())
    is_new = moving.earn(member_id, amount=amount, kind="act", reference=f"{act}:{member_id}")
    return amount if is_new else 0
