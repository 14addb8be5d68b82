"""What a guide may offer a member, each with its reason in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from app.brands import service as brands
from app.catalog import shelves
from app.catalog.shelves import Shelf
from app.core import clock, db
from app.insights import queries
from app.insights.figures import per_hundred, rounded
from app.insights.queries import Habit, Together

UNKNOWN = Shelf(None, None, None)
ENOUGH_DAYS = 3  # two days are one gap, and one gap is no habit


class Why(StrEnum):
    AGAIN = "again"
    TOGETHER = "together"
    NEXT = "next"


@dataclass(frozen=True)
class Offer:
    """A product and why it is offered."""

    product: str
    why: Why
    reason: str
    shelf: Shelf = UNKNOWN  # what it costs and how many are here, where that is known


def offers(member_id: int, store_id: int) -> list[Offer]:
    """At most three: what she is due to buy again, what goes with it, what people like her buy.
    In four queries. What is known to be out in this store is not offered."""
    zone = brands.get(db.current_brand_id()).zoneinfo
    hers = queries.habits(member_id, zone.key)
    if not hers:
        return []
    found = list(_offers(hers, store_id, clock.business_day(clock.now(), zone)))
    known = shelves.of_names({offer.product for offer in found}, store_id) if found else {}
    shown = [replace(offer, shelf=known.get(offer.product, UNKNOWN)) for offer in found]
    return [offer for offer in shown if not offer.shelf.is_out]


def _offers(hers: Sequence[Habit], store_id: int, today: date) -> Iterator[Offer]:
    again = due_again(hers, today)
    if again:
        yield Offer(again.product, Why.AGAIN, _again(again, today))
    together = queries.partner((again or _favourite(hers)).product, store_id)
    if together:
        yield Offer(together.partner, Why.TOGETHER, _together(together))
    following = queries.next_for([habit.product for habit in hers])
    if following and not (together and following.partner == together.partner):
        yield Offer(following.partner, Why.NEXT, _next(following))


def due_again(hers: Sequence[Habit], today: date) -> Habit | None:
    """The habit whose own cycle is over: the firmest that she has not given up, else the firmest.

    A cycle is (last - first) / (days - 1) and is compared multiplied out; given up means that
    two of them have passed.
    """
    due = [habit for habit in hers if habit.days >= ENOUGH_DAYS and _cycles(habit, today, 1)]
    ranked = sorted(due, key=lambda habit: (_cycles(habit, today, 2), -habit.days, habit.product))
    return ranked[0] if ranked else None


def _cycles(habit: Habit, today: date, count: int) -> bool:
    """Whether so many of her cycles have passed since she last bought it."""
    waited = (today - habit.last).days * (habit.days - 1)
    return waited >= (habit.last - habit.first).days * count


def _favourite(hers: Sequence[Habit]) -> Habit:
    return min(hers, key=lambda habit: (-habit.days, habit.product))


def _again(habit: Habit, today: date) -> str:
    cycle = rounded((habit.last - habit.first).days, habit.days - 1)
    ago = (today - habit.last).days
    return f"她约每 {cycle:,} 天买一次 {habit.product}，上次是 {ago:,} 天前"


def _together(found: Together) -> str:
    share, usual = _shares(found)
    return f"买 {found.given} 的单里，每 100 单有 {share} 单也有 {found.partner}，平时是 {usual} 单"


def _next(found: Together) -> str:
    share, usual = _shares(found)
    buyers = f"买过 {found.given} 的会员里，每 100 人有 {share} 人"
    return f"{buyers}也买 {found.partner}，平时是 {usual} 人"


def _shares(found: Together) -> tuple[int, int]:
    """Per hundred: among those with the given one, and the baseline, among all."""
    return (
        per_hundred(found.both_count, found.given_count),
        per_hundred(found.partner_count, found.total),
    )
