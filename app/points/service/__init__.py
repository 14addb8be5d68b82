"""Points: a ledger of movements between accounts; tiers by what was spent."""

from app.points.earning import Line
from app.points.policy import Policy, Worth, policy, worth
from app.points.queries import Balances
from app.points.queries import balances_of as balances
from app.points.rate import FEN_A_POINT, points_for
from app.points.refusals import HoldOver, KeyReused, NoHold, TooFewPoints
from app.points.service.due import is_any_due, work
from app.points.service.handing import hand_over, hand_over_holds
from app.points.service.holds import give_back_spent, hold, release_hold, settle_hold
from app.points.service.ladder import DEFAULT_LADDER, add_ladder, set_tier
from app.points.service.ledger import NAMESPACE, transfer_id
from app.points.service.moving import earn, lapse, spend
from app.points.service.orders import claw_back, earn_for_order

__all__ = [
    "DEFAULT_LADDER",
    "FEN_A_POINT",
    "NAMESPACE",
    "Balances",
    "HoldOver",
    "KeyReused",
    "Line",
    "NoHold",
    "Policy",
    "TooFewPoints",
    "Worth",
    "add_ladder",
    "balances",
    "claw_back",
    "earn",
    "earn_for_order",
    "give_back_spent",
    "hand_over",
    "hand_over_holds",
    "hold",
    "is_any_due",
    "lapse",
    "points_for",
    "policy",
    "release_hold",
    "set_tier",
    "settle_hold",
    "spend",
    "transfer_id",
    "work",
    "worth",
]
