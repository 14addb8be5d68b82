"""What became of batches and campaigns, counted: issued, put aside, used, given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import session
from app.coupons.models import (
    Coupon,
    CouponBatch,
    CouponCampaign,
    CouponKind,
    CouponStep,
    CouponTarget,
    Redemption,
    RedemptionState,
)
from app.coupons.models.coupons import USES

T = TypeVar("T")


@dataclass(frozen=True)
class Funnel:
    """One batch's coupons on their way. `used` counts uses that stand, `refunded` those of them
    whose order partly went back; `rolled_back` do not stand any more."""

    issued: int = 0
    reserved: int = 0
    used: int = 0
    refunded: int = 0
    rolled_back: int = 0
    discount_fen: int = 0


def funnels(batches: Sequence[CouponBatch], at: datetime) -> dict[int, Funnel]:
    """The funnel of each batch at this moment, in one query."""
    state = Redemption.state
    is_held = (state == RedemptionState.RESERVED) & (Redemption.reserved_until > at)
    spent = Redemption.discount_fen - Redemption.refunded_fen
    counted = (
        select(
            Coupon.batch_id,
            func.count().filter(is_held).label("reserved"),
            func.count().filter(state.in_(USES)).label("used"),
            func.count().filter(state == RedemptionState.PARTLY_REFUNDED).label("refunded"),
            func.count().filter(state == RedemptionState.ROLLED_BACK).label("rolled_back"),
            func.coalesce(func.sum(spent).filter(state.in_(USES)), 0).label("fen"),
        )
        .join_from(Coupon, Redemption, _of_coupon())
        .where(Coupon.batch_id.in_([batch.id for batch in batches]))
        .group_by(Coupon.batch_id)
    )
    rows = {row.batch_id: row for row in session.execute(counted)}
    return {batch.id: _funnel(batch, rows.get(batch.id)) for batch in batches}


def _of_coupon() -> ColumnElement[bool]:
    return (Redemption.brand_id == Coupon.brand_id) & (Redemption.coupon_id == Coupon.id)


def _funnel(batch: CouponBatch, row: Any) -> Funnel:
    if row is None:
        return Funnel(batch.issued)
    parts = row.reserved, row.used, row.refunded, row.rolled_back, int(row.fen)
    return Funnel(batch.issued, *parts)


@dataclass(frozen=True)
class KindRate:
    """Of the people chosen for campaigns of a kind, counted once a campaign, how many used a
    coupon of it."""

    kind: str
    campaigns: int
    targets: int
    redeemed: int


def rates_by_kind() -> list[KindRate]:
    """Each kind of campaign that chose anybody: what share of them redeemed."""
    used = (
        select(CouponBatch.campaign_id, Coupon.member_id)
        .join(
            Coupon, (Coupon.brand_id == CouponBatch.brand_id) & (Coupon.batch_id == CouponBatch.id)
        )
        .join(Redemption, _of_coupon())
        .where(Redemption.state.in_(USES))
        .distinct()
        .subquery()
    )
    is_hers = (used.c.campaign_id == CouponTarget.campaign_id) & (
        used.c.member_id == CouponTarget.member_id
    )
    campaign = (CouponCampaign.brand_id == CouponTarget.brand_id) & (
        CouponCampaign.id == CouponTarget.campaign_id
    )
    counted = (
        select(
            CouponCampaign.kind,
            func.count(CouponCampaign.id.distinct()),
            func.count(),
            func.count(used.c.member_id),
        )
        .select_from(CouponTarget)
        .join(CouponCampaign, campaign)
        .outerjoin(used, is_hers)
        .group_by(CouponCampaign.kind)
        .order_by(CouponCampaign.kind)
    )
    return [KindRate(*row) for row in session.execute(counted)]


def batches(*, is_imported: bool, after: int | None, limit: int) -> list[CouponBatch]:
    """The brand's own batches or the imported ones, newest first, older than the batch `after`."""
    imported = CouponBatch.kind == CouponKind.ITEM
    wanted = select(CouponBatch).where(imported if is_imported else ~imported)
    return list(session.scalars(_older(wanted, CouponBatch.id, after).limit(limit)))


def counts() -> tuple[int, int]:
    """How many batches are the brand's own, and how many were imported."""
    imported = CouponBatch.kind == CouponKind.ITEM
    row = session.execute(select(func.count().filter(~imported), func.count().filter(imported)))
    own, brought = row.one()
    return own, brought


def campaigns(ids: Sequence[int]) -> dict[int, CouponCampaign]:
    """The campaigns with these ids."""
    found = session.scalars(select(CouponCampaign).where(CouponCampaign.id.in_(ids)))
    return {campaign.id: campaign for campaign in found}


def coupons_of(batch_id: int, *, after: int | None, limit: int) -> list[Coupon]:
    """A batch's coupons, newest first, older than the coupon `after`."""
    wanted = select(Coupon).where(Coupon.batch_id == batch_id)
    return list(session.scalars(_older(wanted, Coupon.id, after).limit(limit)))


def _older(statement: Select[T], key: InstrumentedAttribute[int], after: int | None) -> Select[T]:
    older = statement if after is None else statement.where(key < after)
    return older.order_by(key.desc())


def steps_of(coupon_id: int) -> list[CouponStep]:
    """A coupon's history, in the order in which it was written."""
    hers = select(CouponStep).where(CouponStep.coupon_id == coupon_id)
    return list(session.scalars(hers.order_by(CouponStep.id)))
