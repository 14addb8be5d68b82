"""What becomes of a person's coupons: what was not used ends, what was used is a voucher."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update

from app.core import clock, db
from app.core.db import session
from app.core.privacy import Fate, Person, Rule, Which, of_member
from app.coupons.models import (
    CountScope,
    Coupon,
    CouponCode,
    CouponCount,
    CouponPromise,
    CouponStep,
    CouponTarget,
    GrantRow,
    Redemption,
)
from app.members.models import Member

VOUCHERS = "会计法第二十三条、电子商务法第三十一条：用过的券是交易凭证；没用的当场作废"


def _is_of_her_coupon(model: Any) -> Which:
    """Rows of a coupon that is hers."""
    return lambda person: model.coupon_id.in_(select(Coupon.id).where(of_member(Coupon)(person)))


def _counts_her(person: Person) -> ColumnElement[bool]:
    """What was counted for her, or for the phone that is hers."""
    of_her = (CountScope.PERSON, CountScope.PERSON_DAY)
    phone = select(Member.phone_index).where(Member.id == person.member_id)
    is_she = CouponCount.scope.in_(of_her) & (CouponCount.who_index == str(person.member_id))
    is_phone = (CouponCount.scope == CountScope.PHONE) & CouponCount.who_index.in_(phone)
    return or_(is_she, is_phone)


def _end(person: Person) -> int:
    """No coupon of hers works any more. The rows stay, or the batch's count would be wrong."""
    now, is_hers = clock.now(), of_member(Coupon)(person)
    mine = (Coupon.brand_id == db.current_brand_id()) & is_hers & (Coupon.valid_until > now)
    began = func.least(Coupon.valid_from, now - timedelta(seconds=1))  # an end needs a beginning
    session.execute(update(Coupon).where(mine).values(valid_until=now, valid_from=began))
    return session.scalar(select(func.count()).select_from(Coupon).where(is_hers)) or 0


RULES = (
    Rule(
        CouponPromise,
        "券包里还欠您的券",
        of_member(CouponPromise),
        columns={"promised_at": "时间", "batch_id": "批次编号", "kept_at": "补发"},
    ),
    Rule(GrantRow, "群发给您的券", of_member(GrantRow), columns={"grant_id": "群发编号"}),
    Rule(CouponCode, "出示券的码，只有哈希", _is_of_her_coupon(CouponCode)),
    Rule(CouponCount, "领过几张的计数", _counts_her),
    Rule(
        CouponStep,
        "券的经过",
        _is_of_her_coupon(CouponStep),
        Fate.KEPT,
        VOUCHERS,
        columns={
            "at": "时间",
            "coupon_id": "券编号",
            "from_step": "从",
            "to_step": "到",
            "by": "由谁",
            "store_id": "门店编号",
            "order_id": "订单编号",
        },
    ),
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
        _is_of_her_coupon(Redemption),
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
    "coupon_extensions",
    "coupon_grants",
    "coupon_pack_parts",
    "coupon_batch_products",
    "store_samples",
)
