"""A quote as it is answered and kept: numbers, the coupons' words, and both sentences of each
reason. What was promised can so be told again word for word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.benefits.models import Checkout
from app.benefits.quote import Applied, PointsRefusal, Refusal
from app.benefits.redeem.pricing import Priced
from app.benefits.service import Benefit
from app.orders.service import ToldLine

Written = dict[str, Any]


def written(priced: Priced) -> Written:
    """The whole answer, ready for JSON."""
    quote = priced.quote
    asked = {line.line_no: line for line in priced.asked.lines}
    return {
        "lines": [
            {
                "line_no": line.line_no,
                "sku": asked[line.line_no].sku,
                "quantity": asked[line.line_no].quantity,
                "amount_fen": line.amount_fen,
                "tier_off_fen": line.tier_off_fen,
                "coupon_off_fen": line.coupon_off_fen,
                "points_fen": line.points_fen,
                "payable_fen": line.payable_fen,
            }
            for line in quote.lines
        ],
        "applied": [_applied(one, priced.benefits) for one in quote.applied],
        "refused": [_refused(one, priced.benefits) for one in quote.refused],
        "goods_fen": quote.goods_fen,
        "tier_off_fen": quote.tier.off_fen if quote.tier else 0,
        "off_fen": quote.off_fen,
        "shipping_fen": quote.shipping_fen,
        "shipping_off_fen": quote.shipping_off_fen,
        "points": quote.points,
        "points_fen": quote.points_fen,
        "points_refused": _points_refused(quote.points_refused),
        "payable_fen": quote.payable_fen,
        "is_best": quote.is_exact,
    }


def _applied(one: Applied, benefits: Mapping[str, Benefit]) -> Written:
    return {
        "coupon_id": int(one.key),
        "kind": benefits[one.key].kind,
        "label": benefits[one.key].label,
        "off_fen": one.off_fen,
        "shipping_off_fen": one.shipping_off_fen,
        "gift_fen": one.gift_fen,
        "shares": [{"line_no": line_no, "fen": fen} for line_no, fen in one.shares],
    }


def _refused(one: Refusal, benefits: Mapping[str, Benefit]) -> Written:
    return {
        "coupon_id": int(one.key),
        "kind": benefits[one.key].kind,
        "label": benefits[one.key].label,
        "reason": one.reason.value,
        "shopper": one.shopper,
        "cashier": one.cashier,
    }


def _points_refused(one: PointsRefusal | None) -> Written | None:
    if one is None:
        return None
    return {"reason": one.reason.value, "shopper": one.shopper, "cashier": one.cashier}


def use_key(checkout: Checkout, coupon_id: int) -> str:
    """Under which a coupon's use in this checkout is known."""
    return f"checkout:{checkout.id}:{coupon_id}"


def told_lines(quote: Written) -> tuple[ToldLine, ...]:
    """The receipt's lines as the quote promised them: list = paid + tier + coupons + points."""
    return tuple(
        ToldLine(
            line_no=line["line_no"],
            sku=line["sku"],
            quantity=line["quantity"],
            paid_fen=line["payable_fen"],
            list_fen=line["amount_fen"],
            retail_discount_fen=line["tier_off_fen"],
            coupon_fen=line["coupon_off_fen"],
            points_fen=line["points_fen"],
        )
        for line in quote["lines"]
    )
