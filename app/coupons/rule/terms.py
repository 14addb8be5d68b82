"""The parts of a coupon's rule. Plain frozen values: no session, no clock, no network.

Money is integer fen, a percentage is basis points (1500 off is 「8.5 折」).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.clock import day_bounds

WHOLE = 10_000  # basis points


class Kind(StrEnum):
    """What a coupon gives."""

    AMOUNT = "amount"
    PERCENT = "percent"
    FREE = "free"
    EXCHANGE = "exchange"
    GIFT = "gift"
    SAMPLE = "sample"
    SHIPPING = "shipping"
    PACK = "pack"


@dataclass(frozen=True, slots=True)
class Amount:
    """So much less for the goods it is for."""

    off_fen: int


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of the goods less, at most `cap_fen`."""

    off_basis_points: int
    cap_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Free:
    """Units in the basket that cost nothing, the dearest first."""

    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Exchange:
    """Units in the basket for a fixed price each, the dearest first (换购)."""

    pay_fen: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Gift:
    """Something put on top. Its worth, at least one fen, weighs it against other coupons."""

    sku: str
    name: str
    quantity: int = 1
    worth_fen: int = 1


@dataclass(frozen=True, slots=True)
class Sample:
    """Something from the store's shelf."""

    name: str
    worth_fen: int = 1


@dataclass(frozen=True, slots=True)
class Shipping:
    """Nothing to pay for delivery, or up to `cap_fen` less."""

    cap_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """So many units of one SKU in a pack."""

    sku: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Pack:
    """A bundle for one price; given away where the price is 0."""

    name: str
    pay_fen: int
    parts: tuple[Part, ...]


Gives = Amount | Percent | Free | Exchange | Gift | Sample | Shipping | Pack
KINDS: dict[Kind, type[Gives]] = {
    Kind.AMOUNT: Amount,
    Kind.PERCENT: Percent,
    Kind.FREE: Free,
    Kind.EXCHANGE: Exchange,
    Kind.GIFT: Gift,
    Kind.SAMPLE: Sample,
    Kind.SHIPPING: Shipping,
    Kind.PACK: Pack,
}
_KIND_OF = {made: kind for kind, made in KINDS.items()}


def kind_of(gives: Gives) -> Kind:
    """The kind's name, as JSON and screens have it."""
    return _KIND_OF[type(gives)]


@dataclass(frozen=True, slots=True)
class Selector:
    """Goods for which all of what is given holds; what is None is not asked."""

    sku: str | None = None
    category: str | None = None
    brand: str | None = None

    def matches(self, sku: str, category: str | None, brand: str | None) -> bool:
        """Whether goods of this SKU, category and brand are meant."""
        return (
            self.sku in (None, sku)
            and self.category in (None, category)
            and self.brand in (None, brand)
        )


@dataclass(frozen=True, slots=True)
class Goods:
    """What the coupon is for: one of `only` (empty: everything) and none of `except_`."""

    only: tuple[Selector, ...] = ()
    except_: tuple[Selector, ...] = ()

    def include(self, sku: str, category: str | None, brand: str | None) -> bool:
        """Whether these goods count; an exception always wins."""
        if any(selector.matches(sku, category, brand) for selector in self.except_):
            return False
        return not self.only or any(one.matches(sku, category, brand) for one in self.only)


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of a day, `from_` included; `until` is not, and None is midnight at the day's end."""

    from_: time
    until: time | None = None

    def include(self, at: time) -> bool:
        """Whether the wall clock stands between them."""
        return self.from_ <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class AfterClaim:
    """Works for so many days of 24 hours from the claim, or from `wait_days` later."""

    days: int
    wait_days: int = 0

    def window(self, claimed_at: datetime, _zone: ZoneInfo) -> tuple[datetime, datetime]:
        """[from, until) of a coupon claimed at this moment."""
        start = claimed_at + timedelta(days=self.wait_days)
        return start, start + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class BetweenDays:
    """Works from one calendar day to another, both included, by the brand's calendar."""

    first: date
    last: date

    def window(self, _claimed_at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """[from, until), whenever it was claimed."""
        return day_bounds(self.first, zone)[0], day_bounds(self.last, zone)[1]


@dataclass(frozen=True, slots=True)
class Stacking:
    """With what it goes together. One coupon of a group, at most; a lower order works earlier."""

    group: str | None = None
    is_alone: bool = False
    order: int | None = None
    with_tier_price: bool = True
    with_points: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """What a coupon gives, to whom, when, where and for what. An empty condition asks nothing."""

    gives: Gives
    validity: AfterClaim | BetweenDays = AfterClaim(30)
    min_spend_fen: int = 0
    goods: Goods = Goods()
    store_ids: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()  # 1 is Monday
    hours: tuple[Hours, ...] = ()
    tier_ids: frozenset[int] = frozenset()
    is_first_purchase: bool = False
    stacking: Stacking = field(default_factory=Stacking)
