"""Orders, returns and corrections as a till tells them, and the digest by which one knows the
same story told twice."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.core.errors import BadInput
from app.orders.models import PaymentMethod, ReturnKind

TILL = "till"  # the source of every till's orders, told by themselves or in a file
LONGEST_NO = 32


class Unbalanced(BadInput):
    code, title = "order_unbalanced", "付款加起来和应收对不上，核对后再报"


@dataclass(frozen=True)
class ToldLine:
    """A line of the receipt. `paid_fen` is what she paid for it: after all that was taken off."""

    line_no: int
    sku: str
    quantity: int
    paid_fen: int
    list_fen: int
    retail_discount_fen: int = 0
    coupon_fen: int = 0
    points_fen: int = 0


@dataclass(frozen=True)
class Payment:
    """Part of the money, by one method."""

    method: PaymentMethod
    fen: int


@dataclass(frozen=True)
class Told:
    """A receipt. Who she is and who sold it may be missing."""

    order_no: str
    store_id: int
    paid_at: datetime
    lines: tuple[ToldLine, ...]
    payments: tuple[Payment, ...] = ()
    member_id: int | None = None
    staff_id: int | None = None
    shipping_fen: int = 0
    points: int = 0
    source: str = TILL

    @property
    def paid_fen(self) -> int:
        """What she paid for the goods."""
        return sum(line.paid_fen for line in self.lines)

    @property
    def digest(self) -> str:
        """Of the whole story, the same for the lines in whatever order."""
        lines = sorted((asdict(line) for line in self.lines), key=lambda line: line["line_no"])
        return _digest(asdict(self) | {"lines": lines})

    def refuse_unbalanced(self) -> None:
        """What was paid is what it cost, where the till says how it was paid. Raises Unbalanced."""
        paid = sum(payment.fen for payment in self.payments)
        if self.payments and paid != self.paid_fen + self.shipping_fen:
            raise Unbalanced(paid_fen=paid, due_fen=self.paid_fen + self.shipping_fen)


@dataclass(frozen=True)
class BroughtBack:
    """Units of one line; without `fen` their share of what was paid for it."""

    line_no: int
    quantity: int
    fen: int | None = None


@dataclass(frozen=True)
class ToldReturn:
    """Goods brought back; no lines means all that is left of the order."""

    return_no: str
    order_no: str
    store_id: int
    at: datetime
    lines: tuple[BroughtBack, ...] = ()
    kind: ReturnKind = ReturnKind.RETURN
    is_bound: bool = True  # a till's, for which other stores' orders do not exist
    source: str = TILL

    @property
    def digest(self) -> str:
        """Of the whole story."""
        lines = sorted((asdict(line) for line in self.lines), key=lambda line: line["line_no"])
        return _digest(asdict(self) | {"lines": lines})


def _digest(story: dict[str, Any]) -> str:
    plain = json.dumps(story, sort_keys=True, default=_plain, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _plain(value: datetime) -> str:
    return str(value.timestamp())
