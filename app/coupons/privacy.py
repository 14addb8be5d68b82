"""What becomes of a person's coupons: what was not used ends, what was used is a voucher."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, func, select, update

from app.core import clock, db
from app.core.db import session
from app.core.privacy import Fate, Person, Rule, of_member
from app.coupons.models import Coupon, CouponTarget, Redemption

VOUCHERS = "会计法第二十三条、电子商务法第三十一条：用过的券是交易凭证；没用的当场作废"


def _redemption_is_hers(person: Person) -> ColumnElement[bool]:
    return Redemption.coupon_id.in_(select(Coupon.id).where(of_member(Coupon)(person)))


def _end(person: Person) -> int:
    """No coupon of hers works any more. The rows stay, or the batch's count would be wrong."""
    now, is_hers = clock.now(), of_member(Coupon)(person)
    mine = (Coupon.brand_id == db.current_brand_id()) & is_hers & (Coupon.valid_until > now)
    began = func.least(Coupon.valid_from, now - timedelta(seconds=1))  # an end needs a beginning
    session.execute(update(Coupon).where(mine).values(valid_until=now, valid_from=began))
    return session.scalar(select(func.count()).select_from(Coupon).where(is_hers)) or 0


RULES = (
    Rule(CouponTarget, "被哪些活动选中", of_member(CouponTarget)),
    Rule(
        Coupon,
        "券",
        of_member(Coupon),
        Fate.KEPT,
        VOUCHERS,
        columns={
            "issued_at": "得到",
            "batch_id": "批次编号",
            "reason": "来由",
            "valid_until": "有效到",
            "uses": "可用次数",
            "used": "用过次数",
        },
        act=_end,
    ),
    Rule(
        Redemption,
        "用券",
        _redemption_is_hers,
        Fate.KEPT,
        VOUCHERS,
        columns={
            "redeemed_at": "时间",
            "coupon_id": "券编号",
            "store_id": "门店编号",
            "order_id": "订单编号",
        },
    ),
)
NOT_OF_PEOPLE = (
    "coupon_campaigns",
    "coupon_batches",
    "coupon_batch_products",
    "store_samples",
)
