"""Moments from points and coupons."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, and_, or_, select

from app.benefits import service as benefits
from app.core import clock
from app.core.db import session
from app.core.money import MINUS
from app.coupons.models import Coupon, CouponBatch, Redemption
from app.points.models import AccountKind, PointsAccount, PointsTransfer
from app.single_view import words
from app.single_view.timeline.moments import Kind, Moment, Whose, Window
from app.stores.models import Store


def points(whose: Whose, window: Window) -> list[Moment]:
    """Every movement of her points."""
    mine = select(PointsAccount.id).where(
        PointsAccount.member_id == whose.member_id, PointsAccount.kind == AccountKind.AVAILABLE
    )
    account_id = session.scalar(mine)
    if account_id is None:
        return []
    hers = or_(PointsTransfer.credit_id == account_id, PointsTransfer.debit_id == account_id)
    wanted = (
        select(PointsTransfer)
        .where(hers, window.holds(PointsTransfer.at, PointsTransfer.id, uuid.UUID))
        .order_by(PointsTransfer.at.desc(), PointsTransfer.id.desc())
        .limit(window.limit)
    )
    return [_transfer(row, account_id) for row in session.scalars(wanted)]


def _transfer(row: PointsTransfer, account_id: int) -> Moment:
    sign = "+" if row.credit_id == account_id else MINUS
    return Moment(
        at=row.at,
        kind=Kind.BENEFIT,
        key=str(row.id),
        icon="coin",
        words=f"积分 {sign}{row.amount:,}",
        details=[words.points_kind(row.kind)],
    )


def coupons(whose: Whose, window: Window) -> list[Moment]:
    """Coupons and samples that she was given."""
    wanted = (
        select(Coupon, CouponBatch)
        .join(CouponBatch, and_(CouponBatch.brand_id == Coupon.brand_id, _its_batch()))
        .where(Coupon.member_id == whose.member_id, window.holds(Coupon.issued_at, Coupon.id))
        .order_by(Coupon.issued_at.desc(), Coupon.id.desc())
        .limit(window.limit)
    )
    return [
        Moment(
            at=coupon.issued_at,
            kind=Kind.BENEFIT,
            key=str(coupon.id),
            icon="ticket",
            words=f"得到{' '.join(benefits.words(batch))}",
            details=[f"到 {_day(coupon)}"],
        )
        for coupon, batch in session.execute(wanted)
    ]


def _its_batch() -> ColumnElement[bool]:
    return CouponBatch.id == Coupon.batch_id


def _day(coupon: Coupon) -> str:
    until = clock.local(coupon.valid_until)
    return f"{until.year}年{until.month}月{until.day}日"


def redemptions(whose: Whose, window: Window) -> list[Moment]:
    """Coupons used and samples handed out."""
    hers = and_(Coupon.brand_id == Redemption.brand_id, Coupon.id == Redemption.coupon_id)
    wanted = (
        select(Redemption, CouponBatch, Store.name)
        .join(Coupon, hers)
        .join(CouponBatch, and_(CouponBatch.brand_id == Coupon.brand_id, _its_batch()))
        .outerjoin(
            Store, and_(Store.brand_id == Redemption.brand_id, Store.id == Redemption.store_id)
        )
        .where(Coupon.member_id == whose.member_id)
        .where(window.holds(Redemption.redeemed_at, Redemption.id))
        .order_by(Redemption.redeemed_at.desc(), Redemption.id.desc())
        .limit(window.limit)
    )
    return [
        Moment(
            at=use.redeemed_at,
            kind=Kind.BENEFIT,
            key=str(use.id),
            icon="ticket",
            words=f"用了{' '.join(benefits.words(batch))}",
            details=[store] if store else [],
            badge="已退回" if use.undone_at else "",
        )
        for use, batch, store in session.execute(wanted)
    ]
