"""The best plan for a basket: with her tier's price, or without it for the sake of a coupon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.benefits.quote.basket import Basket, Policy, TierRights
from app.benefits.quote.effects import Effect, Left, effect
from app.benefits.quote.offers import Offer
from app.benefits.quote.search import Combination, Search
from app.coupons.rule.terms import WHOLE, Percent, Shipping


@dataclass(frozen=True, slots=True)
class Plan:
    """What the tier does, then the coupons. `others` were possible and are not used."""

    tier: tuple[Effect, ...]
    search: Search
    best: Combination
    apart: tuple[Offer, ...]  # do not go with the tier's price, which this plan keeps
    is_exact: bool  # whether no plan was left unsearched

    @property
    def chosen(self) -> tuple[Offer, ...]:
        """The coupons used, in the order in which they work."""
        return tuple(self.search.offers[index] for index in self.best.chosen)

    @property
    def others(self) -> list[int]:
        """Places of the offers not used."""
        return [n for n in range(len(self.search.offers)) if n not in self.best.chosen]

    @property
    def worth_fen(self) -> int:
        """What she is better off by, her tier included."""
        return self.best.worth_fen + sum(done.worth_fen for done in self.tier)


def best_plan(
    basket: Basket, offers: Sequence[Offer], rights: TierRights | None, policy: Policy
) -> Plan:
    """Her tier's rights hold and use nothing up. Only a coupon that does not go with the tier's
    price makes her give it up, and only where that is worth more.
    """
    joining = [offer for offer in offers if offer.stacking.with_tier_price]
    if rights is None or not rights.off_basis_points or len(joining) == len(offers):
        return _plan(basket, offers, rights, policy, ())
    apart = tuple(offer for offer in offers if not offer.stacking.with_tier_price)
    with_price = _plan(basket, joining, rights, policy, apart)
    without = _plan(basket, offers, replace(rights, off_basis_points=0), policy, ())
    best = without if without.worth_fen > with_price.worth_fen else with_price
    return replace(best, is_exact=without.is_exact and with_price.is_exact)


def _plan(
    basket: Basket,
    offers: Sequence[Offer],
    rights: TierRights | None,
    policy: Policy,
    apart: tuple[Offer, ...],
) -> Plan:
    left, tier = _with_rights(_untouched(basket), rights)
    cap = basket.goods_fen * policy.cap_basis_points // WHOLE
    search = Search(offers, replace(left, cap_fen=cap), policy.most_coupons)
    return Plan(tier, search, search.run(), apart, search.is_exact)


def _untouched(basket: Basket) -> Left:
    amounts = [line.amount_fen for line in basket.lines]
    units = [line.quantity for line in basket.lines]
    return Left(amounts, units, basket.shipping_fen, basket.goods_fen)


def _with_rights(left: Left, rights: TierRights | None) -> tuple[Left, tuple[Effect, ...]]:
    done: list[Effect] = []
    for offer in _rights(rights, tuple(range(len(left.units)))) if rights else ():
        made = effect(offer, left)
        if made is not None:
            done.append(made)
            left = made.after
    return left, tuple(done)


def _rights(rights: TierRights, everywhere: tuple[int, ...]) -> list[Offer]:
    price = Offer(rights.name, Percent(rights.off_basis_points), everywhere)
    shipping = Offer(rights.name, Shipping(), ())
    return [price, shipping] if rights.is_shipping_free else [price]
