"""What the card reads: who holds it, where she is, her coupons by what they are good for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from app.brands.models import AccountKind, Brand, WechatAccount
from app.core import clock
from app.core.db import session
from app.coupons import queries as coupon_queries
from app.coupons.models import Coupon, CouponBatch
from app.members.models import Fan
from app.stores.models import Store
from app.visits.models import Visit


class CouponState(StrEnum):
    USABLE = "usable"
    LATER = "later"
    USED = "used"
    EXPIRED = "expired"


OPEN = (CouponState.USABLE, CouponState.LATER)
OVER = (CouponState.USED, CouponState.EXPIRED)


def mini_program(appid: str) -> WechatAccount | None:
    """The account a mini-program says it is."""
    is_it = (WechatAccount.appid == appid, WechatAccount.kind == AccountKind.MINIPROGRAM)
    return session.scalar(select(WechatAccount).where(*is_it))


def own_fan_ids(fan: Fan) -> list[int]:
    """The same person under every account of the brand, as far as WeChat lets us know."""
    same = [Fan.id == fan.id]
    if fan.unionid_index:
        same.append(Fan.unionid_index == fan.unionid_index)
    if fan.member_id:
        same.append(Fan.member_id == fan.member_id)
    return list(session.scalars(select(Fan.id).where(or_(*same))))


def store_of_last_scan(fan_ids: Sequence[int], since: datetime) -> Store | None:
    """The store in which she last scanned a code, if that was recently."""
    statement = (
        select(Store)
        .join(Visit, Visit.store_id == Store.id)
        .where(Visit.fan_id.in_(fan_ids), Visit.scanned_at >= since)
        .order_by(Visit.scanned_at.desc())
        .limit(1)
    )
    return session.scalar(statement)


def store_of_today(fan: Fan, brand: Brand, at: datetime) -> Store | None:
    """The store in which she scanned a code today, if she did."""
    today, _ = clock.day_bounds(clock.business_day(at, brand.zoneinfo), brand.zoneinfo)
    return store_of_last_scan(own_fan_ids(fan), today)


def store_by_code(code: str) -> Store | None:
    """The store a link speaks of."""
    return session.scalar(select(Store).where(Store.code == code))


def over_counts(member_id: int, at: datetime) -> dict[CouponState, int]:
    """How many of her coupons are used up, and how many ended or were taken away."""
    columns = [func.count().filter(_is(state, at)) for state in OVER]
    counted = select(*columns).join_from(Coupon, CouponBatch, _its_batch())
    row = session.execute(counted.where(Coupon.member_id == member_id)).one()
    return dict(zip(OVER, row, strict=True))


def over(
    member_id: int, state: CouponState, at: datetime, *, after: int | None, limit: int
) -> list[tuple[Coupon, CouponBatch, bool]]:
    """Those of one of these two states, the newest first, `limit` of them older than the coupon
    `after`; the last is whether it was taken away."""
    older = Coupon.id < after if after else true()
    statement = (
        select(Coupon, CouponBatch, coupon_queries.is_revoked())
        .join(CouponBatch, _its_batch())
        .where(Coupon.member_id == member_id, _is(state, at), older)
        .order_by(Coupon.id.desc())
        .limit(limit)
    )
    return [(coupon, batch, gone) for coupon, batch, gone in session.execute(statement)]


def _is(state: CouponState, at: datetime) -> ColumnElement[bool]:
    used_up = coupon_queries.is_used_up()
    ended = or_(Coupon.valid_until <= at, coupon_queries.is_revoked())
    return used_up if state is CouponState.USED else and_(~used_up, ended)


def _its_batch() -> ColumnElement[bool]:
    return and_(CouponBatch.brand_id == Coupon.brand_id, CouponBatch.id == Coupon.batch_id)
