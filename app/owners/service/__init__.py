"""The one place that says whose customer somebody is."""

from app.owners.service.applying import IsApplying, NothingToApply, SameRule, apply, publish
from app.owners.service.assigning import assign
from app.owners.service.covering import (
    BadDays,
    CoverAway,
    CoverElsewhere,
    DaysOverlap,
    IsCovering,
    NoCover,
    NotHere,
    cover,
    end_cover,
)
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
    "BadDays", "CannotTake", "CoverAway", "CoverElsewhere", "DaysOverlap", "Guide", "Handing",
    "IsApplying", "IsCovering", "NoCover", "NoMove", "NoReason", "NobodyChosen", "NobodyLeaves",
    "NobodyTakes", "NotAMember", "NotDone", "NotHere", "NothingToApply", "Plan", "SameRule",
    "Step", "Taker", "apply", "assign", "chosen", "close", "cover", "end_cover", "give",
    "hand_over", "plan", "publish", "takers", "transfer", "undo",
]  # fmt: skip
