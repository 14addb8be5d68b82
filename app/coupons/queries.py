"""Reading coupons."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on

from app.core import db
from app.core.db import session
from app.core.errors import NotFound
from app.coupons.models import Coupon, CouponBatch, CouponCampaign, Redemption, StoreSample
from app.coupons.models.coupons import STANDING, USES
from app.coupons.refusals import NoBatch


def open_of_members(member_ids: Collection[int]) -> list[tuple[Coupon, CouponBatch]]:
    """Those of their coupons that are neither used up nor revoked, soonest to end first; also
    those that a till has put aside."""
    statement = (
        select(Coupon, CouponBatch)
        .join(CouponBatch, CouponBatch.id == Coupon.batch_id)
        .where(Coupon.member_id.in_(member_ids), ~is_used_up(), ~is_revoked())
        .order_by(Coupon.valid_until, Coupon.id)
    )
    return [(coupon, batch) for coupon, batch in session.execute(statement)]


def closed_of_member(
    member_id: int, at: datetime, limit: int
) -> list[tuple[Coupon, CouponBatch, bool]]:
    """Her coupons that will not work again, the newest first: up to `limit` that are used up, and
    as many that ended or were taken away. The last is whether it was taken away."""
    is_over = ~is_used_up() & (is_revoked() | (Coupon.valid_until <= at))
    its_batch = (CouponBatch.brand_id == Coupon.brand_id) & (CouponBatch.id == Coupon.batch_id)
    newest = [
        select(Coupon.id)
        .join(CouponBatch, its_batch)
        .where(Coupon.member_id == member_id, is_of_this_kind)
        .order_by(Coupon.id.desc())
        .limit(limit)
        for is_of_this_kind in (is_used_up(), is_over)
    ]
    statement = (
        select(Coupon, CouponBatch, is_revoked())
        .join(CouponBatch, its_batch)
        .where(Coupon.id.in_(union_all(*newest)))
        .order_by(Coupon.id.desc())
    )
    return [(coupon, batch, gone) for coupon, batch, gone in session.execute(statement)]


def is_used_up() -> ColumnElement[bool]:
    """That all its uses were made; what is put aside at a till is not used yet."""
    return Coupon.used - Coupon.held >= Coupon.uses


def is_revoked() -> ColumnElement[bool]:
    """That it was taken away, alone or with its batch, which must be joined."""
    return or_(Coupon.revoked_at.is_not(None), CouponBatch.revoked_at.is_not(None))


def samples_left(batch_ids: Collection[int], store_id: int) -> dict[int, int]:
    """How many samples of each batch the store has."""
    shelf = select(StoreSample.batch_id, StoreSample.left_count).where(
        StoreSample.batch_id.in_(batch_ids), StoreSample.store_id == store_id
    )
    return {row.batch_id: row.left_count for row in session.execute(shelf)}


def last_use(coupon_ids: Collection[int]) -> dict[int, Redemption]:
    """The newest use of each coupon that still stands; a reservation is none yet."""
    newest = (
        select(Redemption)
        .ext(distinct_on(Redemption.coupon_id))
        .where(Redemption.coupon_id.in_(coupon_ids), Redemption.state.in_(USES))
        .order_by(Redemption.coupon_id, Redemption.redeemed_at.desc())
    )
    return {use.coupon_id: use for use in session.scalars(newest)}


def standing_use(coupon_id: int) -> Redemption | None:
    """The newest use of a coupon that takes one of its uses, reservations too."""
    standing = select(Redemption).where(
        Redemption.coupon_id == coupon_id, Redemption.state.in_(STANDING)
    )
    return session.scalar(standing.order_by(Redemption.id.desc()).limit(1))


def miscounted_batches() -> list[int]:
    """Batches whose counter differs from the coupons there are, or passes their stock."""
    counted = func.count(Coupon.id)
    statement = (
        select(CouponBatch.id)
        .outerjoin(
            Coupon, (Coupon.brand_id == CouponBatch.brand_id) & (Coupon.batch_id == CouponBatch.id)
        )
        .group_by(CouponBatch.brand_id, CouponBatch.id)
        .having((counted != CouponBatch.issued) | (counted > CouponBatch.stock))
        .order_by(CouponBatch.id)
    )
    return list(session.scalars(statement))


def miscounted_coupons() -> list[int]:
    """Coupons whose uses differ from the redemptions that stand, or pass what they allow."""
    counted = func.count(Redemption.id)
    standing = (
        (Redemption.brand_id == Coupon.brand_id)
        & (Redemption.coupon_id == Coupon.id)
        & Redemption.undone_at.is_(None)
    )
    statement = (
        select(Coupon.id)
        .outerjoin(Redemption, standing)
        .group_by(Coupon.brand_id, Coupon.id)
        .having((counted != Coupon.used) | (counted > Coupon.uses))
        .order_by(Coupon.id)
    )
    return list(session.scalars(statement))


def miscounted_campaigns() -> list[int]:
    """Campaigns whose money differs from the uses that stand, or whose count from what their
    batches gave."""
    of_batch = (CouponBatch.brand_id == CouponCampaign.brand_id) & (
        CouponBatch.campaign_id == CouponCampaign.id
    )
    given = select(func.coalesce(func.sum(CouponBatch.issued), 0)).where(of_batch)
    spent = (
        select(func.coalesce(func.sum(Redemption.discount_fen - Redemption.refunded_fen), 0))
        .join(Coupon, _same(Redemption, Redemption.coupon_id, Coupon))
        .join(CouponBatch, _same(Coupon, Coupon.batch_id, CouponBatch))
        .where(of_batch, Redemption.state.in_(STANDING))
    )
    is_wrong = (CouponCampaign.taken_count != given.correlate(CouponCampaign).scalar_subquery()) | (
        CouponCampaign.taken_fen != spent.correlate(CouponCampaign).scalar_subquery()
    )
    return list(session.scalars(select(CouponCampaign.id).where(is_wrong)))


def _same(model: Any, column: Any, other: Any) -> ColumnElement[bool]:
    return and_(model.brand_id == other.brand_id, column == other.id)


def claimable(at: datetime) -> list[CouponBatch]:
    """Batches that have a link and may be claimed by it now, by name."""
    is_open = and_(
        CouponBatch.claim_code.is_not(None),
        CouponBatch.stopped_at.is_(None),
        CouponBatch.revoked_at.is_(None),
        or_(CouponBatch.claim_from.is_(None), CouponBatch.claim_from <= at),
        or_(CouponBatch.claim_until.is_(None), CouponBatch.claim_until > at),
    )
    return list(session.scalars(select(CouponBatch).where(is_open).order_by(CouponBatch.name)))


def batch(batch_id: int) -> CouponBatch:
    """The batch. Raises NoBatch."""
    found = db.get(CouponBatch, batch_id)
    if found is None:
        raise NoBatch()
    return found


def campaign(campaign_id: int) -> CouponCampaign:
    """The campaign. Raises NotFound."""
    found = db.get(CouponCampaign, campaign_id)
    if found is None:
        raise NotFound()
    return found
