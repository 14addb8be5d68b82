"""Points: a ledger of movements between accounts; tiers by what was spent."""

from app.points.earning import Line
from app.points.earning.rules import Act
from app.points.policy import Policy, Worth, policy, worth
from app.points.queries import Balances, rights_of_many
from app.points.queries import balances_of as balances
from app.points.queries import rights_of as rights
from app.points.rate import FEN_A_POINT, points_for
from app.points.refusals import HoldOver, KeyReused, NoHold, TooFewPoints
from app.points.rights import Rights
from app.points.service import due, tiers
from app.points.service.acts import earn_for_act
from app.points.service.handing import hand_over, hand_over_holds
from app.points.service.holds import give_back_spent, hold, release_hold, settle_hold
from app.points.service.ladder import DEFAULT_LADDER, add_ladder, set_tier
from app.points.service.ledger import NAMESPACE, transfer_id
from app.points.service.moving import earn, lapse, spend
from app.points.service.orders import claw_back, earn_for_order
from app.points.service.tiers import (
    Grant,
    add_growth,
    end_grant,
    grant,
    note_correction,
    note_purchase,
    note_refund,
    plan_review,
)
from app.points.tier_policy import TierPolicy, tier_policy

__all__ = [
    "DEFAULT_LADDER",
    "FEN_A_POINT",
    "NAMESPACE",
    "Act",
    "Balances",
    "Grant",
    "HoldOver",
    "KeyReused",
    "Line",
    "NoHold",
    "Policy",
    "Rights",
    "TierPolicy",
    "TooFewPoints",
    "Worth",
    "add_growth",
    "add_ladder",
    "balances",
    "claw_back",
    "due",
    "earn",
    "earn_for_act",
    "earn_for_order",
    "end_grant",
    "give_back_spent",
    "grant",
    "hand_over",
    "hand_over_holds",
    "hold",
    "is_any_due",
    "lapse",
    "note_correction",
    "note_purchase",
    "note_refund",
    "plan_review",
    "points_for",
    "policy",
    "release_hold",
    "rights",
    "rights_of_many",
    "set_tier",
    "settle_hold",
    "spend",
    "tier_policy",
    "tiers",
    "transfer_id",
    "work",
    "worth",
]


def is_any_due() -> bool:
    """Whether points or tiers of anybody have come due. Asked over all brands."""
    return due.is_any_due() or tiers.is_any_due()


def work() -> None:
    """Do what has come due: points that ripen and lapse, tiers whose period is over."""
    due.work()
    tiers.review_all()
