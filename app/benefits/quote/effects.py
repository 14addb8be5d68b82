"""What one offer does to what the offers before it have left.

Of every line some money and some units are open. Money that was taken off, and units that were
given, exchanged or packed, are closed: no other coupon works on them again. A unit is worth its
line's open money divided by the open units, rounded up, so that it never grows when others are
taken. Hence the promise on which `search` rests: **less left never means more off**.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.benefits.quote.basket import Places
from app.benefits.quote.offers import Offer
from app.benefits.quote.shares import split
from app.coupons.rule import terms


@dataclass(frozen=True, slots=True)
class Left:
    """What is open, line by line; the delivery's price; how much all coupons may still take."""

    open_fen: list[int]
    units: list[int]
    shipping_fen: int
    cap_fen: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What an offer took off, and what it left. `gift_fen` is the worth of what it adds."""

    after: Left
    places: Sequence[int] = ()
    parts: Sequence[int] = ()
    off_fen: int = 0
    shipping_off_fen: int = 0
    gift_fen: int = 0

    @property
    def worth_fen(self) -> int:
        """What she is better off by."""
        return self.off_fen + self.shipping_off_fen + self.gift_fen


def effect(offer: Offer, left: Left) -> Effect | None:
    """What the offer does now; None where it would do nothing, and so is not used up."""
    return _EFFECTS[type(offer.gives)](offer.gives, offer, left)


def _amount(gives: terms.Amount, offer: Offer, left: Left) -> Effect | None:
    return _take_off(gives.off_fen, offer.places, left)


def _percent(gives: terms.Percent, offer: Offer, left: Left) -> Effect | None:
    whole = sum(left.open_fen[place] for place in offer.places)
    off = whole * gives.off_basis_points // terms.WHOLE
    return _take_off(off if gives.cap_fen is None else min(off, gives.cap_fen), offer.places, left)


def _take_off(wanted: int, places: Places, left: Left) -> Effect | None:
    weights = [left.open_fen[place] for place in places]
    off = min(wanted, sum(weights), left.cap_fen)
    if off <= 0:
        return None
    parts, open_fen = split(off, weights), left.open_fen.copy()
    for place, part in zip(places, parts, strict=True):
        open_fen[place] -= part
    after = Left(open_fen, left.units, left.shipping_fen, left.cap_fen - off)
    return Effect(after, places, parts, off)


def _free(gives: terms.Free, offer: Offer, left: Left) -> Effect | None:
    rest = _copy(left)
    return _give(_take(gives.quantity, offer.places, rest), 0, rest)


def _exchange(gives: terms.Exchange, offer: Offer, left: Left) -> Effect | None:
    rest = _copy(left)
    taken = _take(gives.quantity, offer.places, rest, above=gives.pay_fen)
    return _give(taken, gives.pay_fen * len(taken), rest)


def _pack(gives: terms.Pack, offer: Offer, left: Left) -> Effect | None:
    rest, taken = _copy(left), []
    for places, quantity in offer.parts:
        units = _take(quantity, places, rest, above=-1)
        if len(units) < quantity:
            return None
        taken += units
    return _give(taken, gives.pay_fen, rest)


def _copy(left: Left) -> Left:
    return Left(left.open_fen.copy(), left.units.copy(), left.shipping_fen, left.cap_fen)


def _take(quantity: int, places: Places, rest: Left, above: int = 0) -> list[tuple[int, int]]:
    """Close the dearest units, one by one: where each lay and what it was worth."""
    taken: list[tuple[int, int]] = []
    for _ in range(quantity):
        worths = [(_unit(rest, place), -place) for place in places if rest.units[place]]
        worth, place = max(worths, default=(-1, 0))
        if worth <= above:
            break
        rest.open_fen[-place] -= worth
        rest.units[-place] -= 1
        taken.append((-place, worth))
    return taken


def _unit(left: Left, place: int) -> int:
    return -(-left.open_fen[place] // left.units[place])


def _give(taken: list[tuple[int, int]], pay_fen: int, rest: Left) -> Effect | None:
    """The units cost `pay_fen` together; what that is less falls on their lines by their worth."""
    worths: dict[int, int] = {}
    for place, worth in taken:
        worths[place] = worths.get(place, 0) + worth
    places = sorted(worths)
    off = min(sum(worths.values()) - pay_fen, rest.cap_fen)
    if off <= 0:
        return None
    after = Left(rest.open_fen, rest.units, rest.shipping_fen, rest.cap_fen - off)
    return Effect(after, places, split(off, [worths[place] for place in places]), off)


def _shipping(gives: terms.Shipping, _offer: Offer, left: Left) -> Effect | None:
    off = left.shipping_fen if gives.cap_fen is None else min(gives.cap_fen, left.shipping_fen)
    if not off:
        return None
    after = Left(left.open_fen, left.units, left.shipping_fen - off, left.cap_fen)
    return Effect(after, shipping_off_fen=off)


def _gift(gives: terms.Gift | terms.Sample, _offer: Offer, left: Left) -> Effect:
    return Effect(left, gift_fen=gives.worth_fen)


_EFFECTS: dict[type[terms.Gives], Callable[[Any, Offer, Left], Effect | None]] = {
    terms.Amount: _amount,
    terms.Percent: _percent,
    terms.Free: _free,
    terms.Exchange: _exchange,
    terms.Gift: _gift,
    terms.Sample: _gift,
    terms.Shipping: _shipping,
    terms.Pack: _pack,
}
