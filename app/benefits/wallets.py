"""What members hold, as the discount engine asks for it: coupons with their rules, and who asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.benefits import rights
from app.benefits.quote import Held, Policy, Shopper
from app.brands import service as brands
from app.core import db
from app.coupons import queries as coupons
from app.coupons.models import Coupon, CouponBatch, CouponKind, CouponState
from app.coupons.rule import Gift, Rule, stored
from app.orders import queries as orders
from app.points import queries as points

Rows = Sequence[tuple[Coupon, CouponBatch]]
UNWRITTEN = Rule(Gift(sku="", name="商品券"))  # of an import: only dates and uses are asked


def held(coupon: Coupon, batch: CouponBatch, store_left: int | None, at: datetime) -> Held:
    """One coupon with the rule frozen into it; one from before rules were has its batch's. What
    another till has put aside is not there for this one."""
    return Held(
        key=str(coupon.id),
        rule=rule_of(coupon, batch),
        valid_from=coupon.valid_from,
        valid_until=coupon.valid_until,
        uses_left=coupon.free_uses(at),
        is_held=coupon.state(at) is CouponState.HELD,
        store_left=store_left,
    )


def rule_of(coupon: Coupon, batch: CouponBatch) -> Rule:
    """What the coupon gives and asks."""
    kept = coupon.rule or batch.rule
    return stored(kept) if kept else UNWRITTEN


def samples_left(rows: Rows, store_id: int | None) -> dict[int, int]:
    """What lies on this store's shelf, for each batch of samples among them; at home nothing is
    counted."""
    if store_id is None:
        return {}
    ids = {batch.id for _, batch in rows if batch.kind == CouponKind.SAMPLE}
    return dict.fromkeys(ids, 0) | coupons.samples_left(ids, store_id) if ids else {}


def shoppers(rows: Rows) -> dict[int, Shopper]:
    """Who holds these coupons, as far as their rules ask: tier and purchases are read only then."""
    rules = [(coupon.member_id, rule_of(coupon, batch)) for coupon, batch in rows]
    tier_asked = {member_id for member_id, rule in rules if rule.tier_ids}
    first_asked = {member_id for member_id, rule in rules if rule.is_first_purchase}
    tiers = points.tier_ids(tier_asked) if tier_asked else {}
    buyers = orders.buyers(first_asked) if first_asked else set()
    return {
        member_id: Shopper(tiers.get(member_id), member_id not in buyers) for member_id, _ in rules
    }


def shopper(member_id: int, rows: Rows) -> Shopper:
    """One of them at a till, with what her tier gives on every basket."""
    asked = shoppers(rows).get(member_id, Shopper())
    return Shopper(asked.tier_id, asked.is_first_purchase, rights.of_member(member_id))


def policy() -> Policy:
    """The brand's limits on one basket."""
    kept = brands.get(db.current_brand_id()).settings.get("baskets", {})
    return Policy(**kept)
