"""Campaigns, coupons and their redemptions of the demo's data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    SQLColumnExpression,
    and_,
    cast,
    func,
    literal,
    select,
)

from app.catalog.models import Product
from app.core import bulk, db
from app.core.bulk import Rows
from app.core.db import session
from app.coupons import bulk as coupons
from app.coupons.models import Coupon, CouponBatch, CouponCampaign, CouponKind
from app.imports import staging as tables
from app.imports.checks import SOURCE
from app.imports.progress import Progress
from app.imports.staging import Staging
from app.imports.steps import step
from app.members.models import Member
from app.members.queries import standing_id
from app.orders.models import Order

REASON = "campaign"
FILES = ("campaigns", "targets", "batches", "batch_products", "coupons", "redemptions")


def add(brand_id: int, staging: Staging, folder: Path, zone: str, progress: Progress) -> None:
    """Campaigns with targets and batches, the coupons of one campaign after another, and what
    was redeemed, each linked to its order.
    """
    with step(brand_id):
        _stage(staging, folder)
    with step(brand_id):
        _add_campaigns(staging)
        bulk.refresh_statistics(CouponCampaign, CouponBatch)
        coupons.add_batch_products(_batch_products(staging))
        codes = session.scalars(select(staging.campaigns.c.code)).all()
    for done, code in enumerate(codes, start=1):
        with step(brand_id):
            coupons.issue(_coupons(staging, code, zone))
        progress("发放优惠券", done, len(codes))
    with step(brand_id):
        bulk.refresh_statistics(Coupon)
        coupons.redeem(_redemptions(staging))


def _stage(staging: Staging, folder: Path) -> None:
    for name in FILES:
        tables.copy_file(getattr(staging, name), folder / f"{name}.csv")
        tables.analyze(getattr(staging, name))


def _add_campaigns(staging: Staging) -> None:
    found = staging.campaigns.c
    name = func.concat("活动 ", found.code, "（", found.kind, " 类）").label("name")
    columns = (found.code, name, found.kind, found.starts_on, found.ends_on)
    coupons.upsert_campaigns(select(*columns).order_by(found.starts_on, found.code))
    coupons.add_targets(_targets(staging))
    coupons.upsert_batches(_batches(staging))


def _targets(staging: Staging) -> Rows:
    found = staging.targets.c
    return (
        select(CouponCampaign.id.label("campaign_id"), standing_id().label("member_id"))
        .join_from(staging.targets, CouponCampaign, _campaign(found.campaign_code))
        .join(Member, _member(found.member_number))
        .order_by(CouponCampaign.id, Member.id)
    )


def _batches(staging: Staging) -> Rows:
    found = staging.batches.c
    days = CouponCampaign.ends_on - CouponCampaign.starts_on + literal(1)
    return (
        select(
            found.code,
            func.left(found.name, 64).label("name"),
            literal(CouponKind.ITEM.value).label("kind"),
            CouponCampaign.id.label("campaign_id"),
            cast(days, Integer).label("valid_days"),
            found.stock,
        )
        .join_from(staging.batches, CouponCampaign, _campaign(found.campaign_code))
        .order_by(found.code)
    )


def _batch_products(staging: Staging) -> Rows:
    found = staging.batch_products.c
    product = and_(Product.brand_id == db.current_brand_id(), Product.sku == found.sku)
    return (
        select(CouponBatch.id.label("batch_id"), Product.id.label("product_id"))
        .join_from(staging.batch_products, CouponBatch, _batch(found.batch_code))
        .join(Product, product)
        .order_by(CouponBatch.id, Product.id)
    )


def _coupons(staging: Staging, campaign_code: str, zone: str) -> Rows:
    found = staging.coupons.c
    starts = _midnight(CouponCampaign.starts_on, zone)
    return (
        select(
            CouponBatch.id.label("batch_id"),
            standing_id().label("member_id"),
            literal(REASON).label("reason"),
            starts.label("valid_from"),
            _midnight(CouponCampaign.ends_on + literal(1), zone).label("valid_until"),
            starts.label("issued_at"),
            found.uses,
            found.is_synthetic,
        )
        .join_from(staging.coupons, CouponBatch, _batch(found.batch_code))
        .join(Member, _member(found.member_number))
        .join(CouponCampaign, _campaign(found.campaign_code))
        .where(found.campaign_code == campaign_code)
        .order_by(CouponBatch.id, Member.id)
    )


def _midnight(day: SQLColumnExpression[Any], zone: str) -> ColumnElement[Any]:
    return func.timezone(zone, cast(day, DateTime))


def _redemptions(staging: Staging) -> Rows:
    found, brand_id = staging.redemptions.c, db.current_brand_id()
    coupon = and_(
        Coupon.brand_id == brand_id,
        Coupon.batch_id == CouponBatch.id,
        Coupon.member_id == standing_id(),
        Coupon.reason == REASON,
    )
    order = and_(
        Order.brand_id == brand_id, Order.source == SOURCE, Order.order_no == found.order_no
    )
    key = func.concat_ws(":", REASON, found.batch_code, found.member_number, found.use_no)
    return (
        select(
            Coupon.id.label("coupon_id"),
            key.label("key"),
            Order.id.label("order_id"),
            Order.store_id,
            Order.paid_at.label("redeemed_at"),
        )
        .join_from(staging.redemptions, CouponBatch, _batch(found.batch_code))
        .join(Member, _member(found.member_number))
        .join(Coupon, coupon)
        .join(Order, order)
        .order_by(Order.paid_at, Coupon.id, found.use_no)
    )


def _campaign(code: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(CouponCampaign.brand_id == db.current_brand_id(), CouponCampaign.code == code)


def _batch(code: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(CouponBatch.brand_id == db.current_brand_id(), CouponBatch.code == code)


def _member(number: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(Member.brand_id == db.current_brand_id(), Member.number == number)
