"""What is answered: which coupons apply, what each line costs, why the others stay."""

from __future__ import annotations

from dataclasses import dataclass

from app.benefits.quote.reasons import PointsRefusal, Refusal
from app.coupons.rule.terms import Gives


@dataclass(frozen=True, slots=True)
class Applied:
    """One coupon at work, or her tier (`gives` is None).

    `shares` are (line number, fen) and add up to `off_fen`.
    """

    key: str
    gives: Gives | None
    off_fen: int
    shipping_off_fen: int
    gift_fen: int
    shares: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """amount = tier + coupons + points + payable."""

    line_no: int
    amount_fen: int
    tier_off_fen: int
    coupon_off_fen: int
    points_fen: int
    payable_fen: int


@dataclass(frozen=True, slots=True)
class Quote:
    """The whole answer. Every coupon that was held is either applied or refused."""

    lines: tuple[QuotedLine, ...]
    tier: Applied | None
    applied: tuple[Applied, ...]
    refused: tuple[Refusal, ...]
    goods_fen: int
    off_fen: int  # tier and coupons, on goods
    shipping_fen: int
    shipping_off_fen: int
    points: int
    points_fen: int
    points_refused: PointsRefusal | None
    is_exact: bool

    @property
    def payable_fen(self) -> int:
        """What she pays."""
        goods = self.goods_fen - self.off_fen - self.points_fen
        return goods + self.shipping_fen - self.shipping_off_fen
