"""The points ledger, what orders earned, what is put aside, the rules, and the tiers."""

from app.points.models.earning import EarningBook, PolicyVersion
from app.points.models.holds import HoldState, PointsDraw, PointsHold
from app.points.models.ledger import (
    NEVER,
    OF_MEMBERS,
    RIPE,
    AccountKind,
    PointsAccount,
    PointsLot,
    PointsTransfer,
)
from app.points.models.orders import OrderPoints, PointsRefund
from app.points.models.tiers import (
    GrowthEntry,
    GrowthKind,
    MemberTier,
    StepWhy,
    Tier,
    TierStep,
)

__all__ = [
    "NEVER",
    "OF_MEMBERS",
    "RIPE",
    "AccountKind",
    "EarningBook",
    "GrowthEntry",
    "GrowthKind",
    "HoldState",
    "MemberTier",
    "OrderPoints",
    "PointsAccount",
    "PointsDraw",
    "PointsHold",
    "PointsLot",
    "PointsRefund",
    "PointsTransfer",
    "PolicyVersion",
    "StepWhy",
    "Tier",
    "TierStep",
]
