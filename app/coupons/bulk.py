"""Campaigns, coupons and their uses, many at once, as history: no event, no reaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, BigInteger, ColumnElement, String, func, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute

from app.core import bulk, db
from app.core.bulk import Rows
from app.core.db import NumberedBrandRow, session
from app.coupons.models import (
    BatchProduct,
    Coupon,
    CouponBatch,
    CouponCampaign,
    CouponStep,
    CouponTarget,
    Redemption,
    RedemptionState,
    Step,
)
from app.coupons.service.steps import IMPORT


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
    """Rows of a coupon's columns. What a batch and its campaign have issued grows by those really
    new, each with the first step of its history."""
    told = (Coupon.id, Coupon.batch_id.label("parent_id"), Coupon.issued_at.label("at"))
    unused = rows.add_columns(_nought("used"), _nought("held"))
    new = bulk.adding(Coupon, unused).on_conflict_do_nothing().returning(*told).cte("new")
    steps = _steps(Step.ISSUED, None, new.c.id.label("coupon_id"), new.c.at)
    return _grow(CouponBatch, CouponBatch.issued, new, steps, _charge_campaigns(new))


def redeem(rows: Rows) -> int:
    """Rows of a redemption's columns. What a coupon was used grows by those really new, each with
    a step of its history."""
    told = (
        Redemption.id,
        Redemption.coupon_id.label("parent_id"),
        Redemption.redeemed_at.label("at"),
        Redemption.store_id,
        Redemption.order_id,
    )
    state = literal(RedemptionState.REDEEMED.value).label("state")
    settled = rows.add_columns(state, _nought("discount_fen"), _nought("refunded_fen"))
    new = bulk.adding(Redemption, settled).on_conflict_do_nothing().returning(*told).cte("new")
    facts = (new.c.at, new.c.store_id, new.c.order_id, new.c.id.label("redemption_id"))
    steps = _steps(Step.REDEEMED, Step.ISSUED, new.c.parent_id.label("coupon_id"), *facts)
    return _grow(Coupon, Coupon.used, new, steps)


def _nought(name: str) -> ColumnElement[int]:
    """Said out loud: a column's default does not reach every INSERT of a statement with several."""
    return literal(0, BigInteger).label(name)


def _steps(to: Step, before: Step | None, *facts: ColumnElement[Any]) -> CTE:
    known = select(
        *facts,
        literal(before, String).label("from_step"),
        literal(to.value).label("to_step"),
        literal(IMPORT).label("by"),
        _nought("fen"),
    )
    return bulk.adding(CouponStep, known).returning(CouponStep.id).cte("steps")


def _charge_campaigns(new: CTE) -> CTE:
    """What campaigns have given grows by the new coupons of their batches."""
    batch = (CouponBatch.brand_id == db.current_brand_id()) & (CouponBatch.id == new.c.parent_id)
    given = select(CouponBatch.campaign_id, func.count().label("more")).join(new, batch)
    counts = given.group_by(CouponBatch.campaign_id).cte("given")
    campaign = CouponCampaign
    ours = (campaign.brand_id == db.current_brand_id()) & (campaign.id == counts.c.campaign_id)
    grown = update(campaign).where(ours)
    taken = grown.values(taken_count=campaign.taken_count + counts.c.more)
    return taken.returning(campaign.id).cte("charged")


def _grow(
    parent: type[NumberedBrandRow], counter: InstrumentedAttribute[int], new: CTE, *also: CTE
) -> int:
    """Add to each parent's counter how many of the new rows are its; gives their number."""
    counts = select(new.c.parent_id, func.count().label("more")).group_by(new.c.parent_id)
    more = counts.cte("counts")
    ours = (parent.brand_id == db.current_brand_id()) & (parent.id == more.c.parent_id)
    grown = update(parent).where(ours).values({counter: counter + more.c.more})
    total = func.sum(grown.returning(more.c.more).cte("grown").c.more)
    return int(session.scalar(select(func.coalesce(total, 0)).add_cte(*also)) or 0)
