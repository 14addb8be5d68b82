"""What a coupon asks before it works: first of the moment and the person, then of the basket."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.benefits.quote.basket import Basket, Held, Line, Places, Shopper, Visit
from app.benefits.quote.reasons import Reason, Refusal
from app.core import clock
from app.coupons.rule.terms import Goods, Pack, Rule, Sample, Shipping


def refusal_at(held: Held, shopper: Shopper, visit: Visit) -> Refusal | None:
    """Why it cannot be used here and now, whatever is bought; None when it can."""
    asked = (*_of_the_coupon(held, visit), *_of_her(held, shopper, visit))
    found = next((reason for reason, holds in asked if holds), None)
    if found is None:
        return None
    return Refusal(held.key, found, starts_at=held.valid_from, zone=visit.zone)


def _of_the_coupon(held: Held, visit: Visit) -> tuple[tuple[Reason, bool], ...]:
    return (
        (Reason.HELD, held.uses_left < 1 and held.is_held),
        (Reason.USED, held.uses_left < 1),
        (Reason.NOT_YET, held.valid_from > visit.at),
        (Reason.EXPIRED, held.valid_until <= visit.at),
    )


def _of_her(held: Held, shopper: Shopper, visit: Visit) -> tuple[tuple[Reason, bool], ...]:
    rule, wall = held.rule, clock.local(visit.at, visit.zone)
    is_elsewhere = visit.store_id is not None and visit.store_id not in rule.store_ids
    is_off_hours = not any(hours.include(wall.time()) for hours in rule.hours)
    return (
        (Reason.OTHER_TIER, bool(rule.tier_ids) and shopper.tier_id not in rule.tier_ids),
        (Reason.NOT_FIRST_PURCHASE, rule.is_first_purchase and not shopper.is_first_purchase),
        (Reason.OTHER_STORE, bool(rule.store_ids) and is_elsewhere),
        (Reason.NOT_TODAY, bool(rule.weekdays) and wall.isoweekday() not in rule.weekdays),
        (Reason.NOT_THIS_HOUR, bool(rule.hours) and is_off_hours),
        (Reason.SHELF_EMPTY, held.store_left == 0),
    )


def refusal_for(held: Held, basket: Basket, places: Sequence[int]) -> Refusal | None:
    """Why it cannot be used on this basket; None when it can. `places` are its goods' lines.

    The minimum is held against the goods it is for, at the till's prices, before any coupon.
    """
    rule = held.rule
    counted = [basket.lines[place] for place in places]
    if not counted and not _asks_no_goods(rule):
        return Refusal(held.key, Reason.NO_GOODS)
    if isinstance(rule.gives, Pack) and not _is_complete(rule.gives, counted):
        return Refusal(held.key, Reason.PACK_INCOMPLETE)
    missing = rule.min_spend_fen - sum(line.amount_fen for line in counted)
    if missing > 0:
        return Refusal(held.key, Reason.BELOW_MINIMUM, missing_fen=missing)
    if isinstance(rule.gives, Shipping) and not basket.shipping_fen:
        return Refusal(held.key, Reason.NO_SHIPPING)
    return None


def _asks_no_goods(rule: Rule) -> bool:
    """A sample that is for everything is handed out beside any basket, also an empty one."""
    return isinstance(rule.gives, Sample) and rule.goods == Goods()


def _is_complete(pack: Pack, lines: list[Line]) -> bool:
    units: dict[str, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    return all(units.get(part.sku, 0) >= part.quantity for part in pack.parts)


def where(basket: Basket, held: Collection[Held]) -> dict[Goods, Places]:
    """The places, in the basket's order, of the goods that each rule is for; coupons of one make
    ask once."""
    return {
        goods: tuple(place for place, line in enumerate(basket.lines) if _counts(goods, line))
        for goods in {coupon.rule.goods for coupon in held}
    }


def _counts(goods: Goods, line: Line) -> bool:
    return goods.include(line.sku, line.category, line.brand)
