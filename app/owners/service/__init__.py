"""The one place that says whose customer somebody is."""

from app.owners.service.applying import IsApplying, NothingToApply, SameRule, apply, publish
from app.owners.service.assigning import assign
from app.owners.service.handing import Handing, close, give
from app.owners.service.leaving import NobodyLeaves, NobodyTakes, Plan, Taker, hand_over, plan
from app.owners.service.moves import NoMove, NoReason, NotDone, Step, undo
from app.owners.service.transferring import (
    CannotTake,
    Guide,
    NobodyChosen,
    NotAMember,
    chosen,
    takers,
    transfer,
)

__all__ = [
    "CannotTake", "Guide", "Handing", "IsApplying", "NoMove", "NoReason", "NobodyChosen",
    "NobodyLeaves", "NobodyTakes", "NotAMember", "NotDone", "NothingToApply", "Plan", "SameRule",
    "Step", "Taker", "apply", "assign", "chosen", "close", "give", "hand_over", "plan", "publish",
    "takers", "transfer", "undo",
]  # fmt: skip
