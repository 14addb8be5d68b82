"""Why a coupon that would work is not part of the best combination."""

from __future__ import annotations

from dataclasses import replace

from app.benefits.quote.effects import effect
from app.benefits.quote.offers import Offer
from app.benefits.quote.plans import Plan
from app.benefits.quote.reasons import Reason, Refusal


def left_out(plan: Plan) -> list[Refusal]:
    """A reason for each coupon that the best plan does not use."""
    apart = [Refusal(offer.key, Reason.NOT_WITH_TIER_PRICE) for offer in plan.apart]
    return apart + [_why(plan, index) for index in plan.others]


def _why(plan: Plan, index: int) -> Refusal:
    offer = plan.search.offers[index]
    if effect(offer, plan.search.root) is None:
        return Refusal(offer.key, Reason.SAVES_NOTHING)
    in_its_way = _in_its_way(plan, offer)
    if in_its_way is not None:
        return in_its_way
    if len(plan.chosen) >= plan.search.most:
        return Refusal(offer.key, Reason.TOO_MANY)
    return Refusal(offer.key, _if_added(plan, index))


def _in_its_way(plan: Plan, offer: Offer) -> Refusal | None:
    group = offer.stacking.group
    for used in plan.chosen:
        if group and used.stacking.group == group:
            return Refusal(offer.key, Reason.GROUP_TAKEN, other=used.key)
        if used.stacking.is_alone or offer.stacking.is_alone:
            return Refusal(offer.key, Reason.NOT_WITH_OTHERS, other=used.key)
    return None


def _if_added(plan: Plan, index: int) -> Reason:
    """It goes with the others; then either nothing is left for it, or it takes from them."""
    before = plan.search.combine([n for n in plan.best.chosen if n < index])
    left = before.effects[-1].after if before.effects else plan.search.root
    if effect(plan.search.offers[index], left) is not None:
        return Reason.NOT_BETTER
    unlimited = replace(left, cap_fen=sum(left.open_fen))
    is_capped = effect(plan.search.offers[index], unlimited) is not None
    return Reason.CAP_REACHED if is_capped else Reason.NOTHING_LEFT
