"""What the card reads: who holds it, where she is, her coupons by what they are good for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select, true

from app.brands.models import AccountKind, WechatAccount
from app.core.db import session
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


def store_by_code(code: str) -> Store | None:
    """The store a link speaks of."""
    return session.scalar(select(Store).where(Store.code == code))


def coupon_counts(member_id: int, at: datetime) -> dict[CouponState, int]:
    """How many coupons she has in each state; every coupon is in exactly one."""
    columns = [func.count().filter(_is(state, at)) for state in CouponState]
    row = session.execute(select(*columns).where(Coupon.member_id == member_id)).one()
    return dict(zip(CouponState, row, strict=True))


def coupons(
    member_id: int, state: CouponState, at: datetime, *, after: int | None, limit: int
) -> list[tuple[Coupon, CouponBatch]]:
    """One state's coupons. What may still be used: all, first to end first. The rest: newest
    first, `limit` of them older than the coupon `after`."""
    statement = (
        select(Coupon, CouponBatch)
        .join(CouponBatch, CouponBatch.id == Coupon.batch_id)
        .where(Coupon.member_id == member_id, _is(state, at))
    )
    if state in OPEN:
        statement = statement.order_by(Coupon.valid_until, Coupon.id)
    else:
        older = Coupon.id < after if after else true()
        statement = statement.where(older).order_by(Coupon.id.desc()).limit(limit)
    return [(coupon, batch) for coupon, batch in session.execute(statement)]


def _is(state: CouponState, at: datetime) -> ColumnElement[bool]:
    has_uses = Coupon.used - Coupon.held < Coupon.uses  # what a till has put aside is not used
    is_over = (Coupon.valid_until <= at) | Coupon.revoked_at.is_not(None)
    return {
        CouponState.USABLE: has_uses & ~is_over & (Coupon.valid_from <= at),
        CouponState.LATER: has_uses & ~is_over & (Coupon.valid_from > at),
        CouponState.USED: ~has_uses,
        CouponState.EXPIRED: has_uses & is_over,
    }[state]
