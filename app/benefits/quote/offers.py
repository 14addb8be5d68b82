"""A coupon on its basket: what it gives, on which lines, in which turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.benefits.quote.basket import Basket, Held, Places
from app.coupons.rule.terms import Gives, Goods, Kind, Pack, Stacking, kind_of

# Who works first, where the rule does not say: whole things, then shares, then sums.
TURNS = {
    Kind.PACK: 100,
    Kind.FREE: 200,
    Kind.EXCHANGE: 300,
    Kind.PERCENT: 400,
    Kind.AMOUNT: 500,
    Kind.SHIPPING: 600,
    Kind.GIFT: 700,
    Kind.SAMPLE: 800,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be taken on this basket. `parts` are a pack's: where its units lie, how many."""

    key: str
    gives: Gives
    places: Places
    stacking: Stacking = field(default_factory=Stacking)
    ends_at: datetime | None = None
    parts: tuple[tuple[Places, int], ...] = ()


def offers(usable: list[Held], basket: Basket, places: Mapping[Goods, Places]) -> list[Offer]:
    """The coupons in the order in which they work; of equals, the one that ends first."""
    ordered = sorted(usable, key=lambda held: (_turn(held), held.valid_until, held.key))
    return [_offer(held, basket, places[held.rule.goods]) for held in ordered]


def _turn(held: Held) -> int:
    order = held.rule.stacking.order
    return TURNS[kind_of(held.rule.gives)] if order is None else order


def _offer(held: Held, basket: Basket, places: Places) -> Offer:
    rule = held.rule
    parts = _parts(rule.gives, places, basket) if isinstance(rule.gives, Pack) else ()
    return Offer(held.key, rule.gives, places, rule.stacking, held.valid_until, parts)


def _parts(pack: Pack, places: Places, basket: Basket) -> tuple[tuple[Places, int], ...]:
    return tuple(
        (tuple(place for place in places if basket.lines[place].sku == part.sku), part.quantity)
        for part in pack.parts
    )
