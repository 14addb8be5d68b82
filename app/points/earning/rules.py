"""Earning rules, and how many points a purchase earns by them. Pure: nothing here asks a database.

Rules add up, so their order is of no account. Each rounds down by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from app.points.rate import FEN_A_POINT


class RuleKind(StrEnum):
    AMOUNT = "amount"  # so many points for each whole step of what was paid
    BONUS = "bonus"  # so many points for an order that reaches an amount
    ACT = "act"  # so many points for something she did


class Act(StrEnum):
    """What a member does beside buying."""

    JOINED = "joined"  # her card was opened for the first time
    SHARED = "shared"  # a friend became a member by her share
    PROFILE = "profile"  # her name and birthday are both known, for the first time


class Birthday(StrEnum):
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Line:
    """Goods of one SKU, as far as rules ask; what was paid for all its units."""

    sku: str
    paid_fen: int
    category: str | None = None


@dataclass(frozen=True, slots=True)
class When:
    """Where a rule applies; what is empty does not restrict. Days are the brand's own, both ends
    included; weekdays are 1 for Monday to 7."""

    categories: frozenset[str] = frozenset()
    skus: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset()
    first: date | None = None
    last: date | None = None
    store_ids: frozenset[int] = frozenset()
    tier_ids: frozenset[int] = frozenset()
    birthday: Birthday | None = None

    @property
    def asks_goods(self) -> bool:
        """Whether it counts some lines of an order only."""
        return bool(self.categories or self.skus)

    @property
    def asks_nothing(self) -> bool:
        """Whether it applies to whatever anybody buys."""
        return self == EVERYTHING


EVERYTHING = When()


@dataclass(frozen=True, slots=True)
class Rule:
    """`fen` is the step of an amount, and the least amount of a bonus; `per_day` is how often an
    act that may be done again counts in a day, 0 is no limit."""

    kind: RuleKind
    points: int
    fen: int = 0
    act: Act | None = None
    per_day: int = 0
    when: When = EVERYTHING


@dataclass(frozen=True, slots=True)
class Purchase:
    """All that rules may ask about an order and the member who paid it."""

    paid_fen: int
    day: date
    store_id: int | None = None
    tier_id: int | None = None
    born_on: date | None = None
    lines: Sequence[Line] = field(default=())


STANDARD = (Rule(RuleKind.AMOUNT, points=1, fen=FEN_A_POINT),)


def points_of(rules: Iterable[Rule], purchase: Purchase) -> int:
    """What the purchase earns by all rules together."""
    return sum(points_by(rule, purchase) for rule in rules)


def points_by(rule: Rule, purchase: Purchase) -> int:
    """What one rule gives."""
    if rule.kind is RuleKind.ACT or not _applies(rule.when, purchase):
        return 0
    amount = _amount(rule.when, purchase)
    if rule.kind is RuleKind.BONUS:
        return rule.points if amount >= max(rule.fen, 1) else 0
    return max(amount, 0) // rule.fen * rule.points


def points_of_act(
    rules: Iterable[Rule], act: Act, day: date, tier_id: int | None, done_today: int = 0
) -> int:
    """What something she did earns, after so many of the kind that earned today."""
    done = Purchase(0, day, tier_id=tier_id)
    return sum(
        rule.points
        for rule in rules
        if rule.kind is RuleKind.ACT
        and rule.act is act
        and (rule.per_day == 0 or done_today < rule.per_day)
        and _applies(rule.when, done)
    )


def _applies(when: When, purchase: Purchase) -> bool:
    return (
        (when.first is None or when.first <= purchase.day)
        and (when.last is None or purchase.day <= when.last)
        and (not when.weekdays or purchase.day.isoweekday() in when.weekdays)
        and (not when.store_ids or purchase.store_id in when.store_ids)
        and (not when.tier_ids or purchase.tier_id in when.tier_ids)
        and (when.birthday is None or _is_birthday(when.birthday, purchase))
    )


def _is_birthday(asked: Birthday, purchase: Purchase) -> bool:
    born, day = purchase.born_on, purchase.day
    if born is None:
        return False
    if asked is Birthday.MONTH:
        return born.month == day.month
    return _kept_on(born, day.year) == day


def _kept_on(born: date, year: int) -> date:
    """Who was born on the 29th of February keeps her birthday on the 28th in the other years."""
    try:
        return born.replace(year=year)
    except ValueError:
        return (born - timedelta(days=1)).replace(year=year)


def _amount(when: When, purchase: Purchase) -> int:
    if not when.asks_goods:
        return purchase.paid_fen
    return sum(
        line.paid_fen
        for line in purchase.lines
        if line.sku in when.skus or line.category in when.categories
    )
