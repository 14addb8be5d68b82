"""Campaigns, coupons and their uses, many at once, as history: no event, no reaction."""

from __future__ import annotations

from sqlalchemy import CTE, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.core import bulk, db
from app.core.bulk import Rows
from app.core.db import NumberedBrandRow, session
from app.coupons.models import (
    BatchProduct,
    Coupon,
    CouponBatch,
    CouponCampaign,
    CouponTarget,
    Redemption,
)


def upsert_campaigns(rows: Rows) -> int:
    """Rows of `code, name, kind, starts_on, ends_on`."""
    return bulk.upsert(CouponCampaign, rows, key=["code"], once=["name"])


def add_targets(rows: Rows) -> int:
    """Rows of `campaign_id, member_id`."""
    return bulk.insert_new(CouponTarget, rows)


def upsert_batches(rows: Rows) -> int:
    """Rows of `code, name, kind, campaign_id, valid_days, stock`; stock is set once."""
    return bulk.upsert(CouponBatch, rows, key=["code"], once=["stock"])


def add_batch_products(rows: Rows) -> int:
    """Rows of `batch_id, product_id`."""
    return bulk.insert_new(BatchProduct, rows)


def issue(rows: Rows) -> int:
    """Rows of a coupon's columns. What a batch has issued grows by those really new."""
    new = (
        bulk.adding(Coupon, rows)
        .on_conflict_do_nothing()
        .returning(Coupon.batch_id.label("parent_id"))
        .cte("new")
    )
    return _grow(CouponBatch, CouponBatch.issued, new)


def redeem(rows: Rows) -> int:
    """Rows of a redemption's columns. What a coupon was used grows by those really new."""
    new = (
        bulk.adding(Redemption, rows)
        .on_conflict_do_nothing()
        .returning(Redemption.coupon_id.label("parent_id"))
        .cte("new")
    )
    return _grow(Coupon, Coupon.used, new)


def _grow(parent: type[NumberedBrandRow], counter: InstrumentedAttribute[int], new: CTE) -> int:
    """Add to each parent's counter how many of the new rows are its; gives their number."""
    counts = select(new.c.parent_id, func.count().label("more")).group_by(new.c.parent_id)
    more = counts.cte("counts")
    ours = (parent.brand_id == db.current_brand_id()) & (parent.id == more.c.parent_id)
    grown = update(parent).where(ours).values({counter: counter + more.c.more})
    total = func.sum(grown.returning(more.c.more).cte("grown").c.more)
    return int(session.scalar(select(func.coalesce(total, 0))) or 0)
