"""Pushes in the trade's words: plan, freeze the audience, claim, settle, stop, receipts."""

from app.pushes.queries import NoSuchPush
from app.pushes.service.approving import NotWaiting, OwnPush, people
from app.pushes.service.audience import Reach, freeze, reach
from app.pushes.service.claiming import Claim, claim, may_begin
from app.pushes.service.drafts import (
    CannotSchedule,
    NotNow,
    StillSending,
    approve,
    pause,
    save_draft,
    schedule,
)
from app.pushes.service.handing import hand_over
from app.pushes.service.planning import plan_due
from app.pushes.service.receipts import NotYet, on_mass_finished
from app.pushes.service.settling import expire, lost, put_back, settle
from app.pushes.service.stopping import NoSuchRun, stop

__all__ = [
    "CannotSchedule", "Claim", "NoSuchPush", "NoSuchRun", "NotNow", "NotWaiting", "NotYet",
    "OwnPush", "Reach", "StillSending", "approve", "claim", "expire", "freeze", "hand_over", "lost",
    "may_begin", "on_mass_finished", "pause", "people", "plan_due", "put_back", "reach",
    "save_draft", "schedule", "settle", "stop",
]  # fmt: skip
