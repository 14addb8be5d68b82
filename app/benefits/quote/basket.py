"""What is asked: the basket, who carries it where and when, what she holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.core.clock import SHANGHAI
from app.coupons.rule.terms import WHOLE, Rule

Places = tuple[int, ...]  # of lines, in the basket's order


@dataclass(frozen=True, slots=True)
class Line:
    """Goods of one SKU; `amount_fen` is for all its units, as the till would charge it."""

    line_no: int
    sku: str
    quantity: int
    amount_fen: int
    category: str | None = None
    brand: str | None = None

    def __post_init__(self) -> None:
        if self.quantity < 1 or self.amount_fen < 0:
            raise ValueError(f"line {self.line_no}: at least one unit, no negative amount")


@dataclass(frozen=True, slots=True)
class Basket:
    """Lines in their order, whatever order they came in."""

    lines: tuple[Line, ...]
    shipping_fen: int = 0

    def __post_init__(self) -> None:
        numbers = [line.line_no for line in self.lines]
        if len(set(numbers)) < len(numbers):
            raise ValueError("two lines have the same number")
        if self.shipping_fen < 0:
            raise ValueError("shipping cannot be negative")
        ordered = sorted(self.lines, key=lambda line: line.line_no)
        object.__setattr__(self, "lines", tuple(ordered))

    @property
    def goods_fen(self) -> int:
        """What the goods cost without any coupon."""
        return sum(line.amount_fen for line in self.lines)


@dataclass(frozen=True, slots=True)
class Visit:
    """Where and when; no store is the card at home, where no store's condition is asked."""

    at: datetime
    store_id: int | None = None
    zone: ZoneInfo = SHANGHAI


@dataclass(frozen=True, slots=True)
class TierRights:
    """What her tier gives on every basket: it uses nothing up."""

    name: str
    off_basis_points: int = 0
    is_shipping_free: bool = False


@dataclass(frozen=True, slots=True)
class Shopper:
    """Whom a rule's conditions ask about."""

    tier_id: int | None = None
    is_first_purchase: bool = False
    rights: TierRights | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A coupon in her hands with the rule that was frozen into it. `store_left` is of a sample."""

    key: str
    rule: Rule
    valid_from: datetime
    valid_until: datetime
    uses_left: int = 1
    store_left: int | None = None
    is_held: bool = False  # its last use is put aside at a till


@dataclass(frozen=True, slots=True)
class Policy:
    """The brand's limits on one basket: how many coupons, and how much of the goods they take."""

    most_coupons: int = 20
    cap_basis_points: int = WHOLE


@dataclass(frozen=True, slots=True)
class Purse:
    """Points she wants to spend of those she has; so many are worth so many fen, in whole steps."""

    wish: int
    available: int
    step_points: int = 100
    step_fen: int = 100
    cap_basis_points: int = WHOLE  # of what the goods cost after the coupons
