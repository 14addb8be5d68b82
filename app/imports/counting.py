"""What stands in the tables after an import, read from SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from app.catalog.models import Product
from app.core import db
from app.core.bulk import Rows
from app.core.db import session
from app.coupons.models import Coupon, CouponBatch, CouponCampaign, CouponTarget, Redemption
from app.imports.offers import REASON
from app.imports.staging import Staging
from app.members.models import Member
from app.orders.models import Order, OrderLine
from app.points.models import PointsTransfer
from app.stores.models import Store

IMPORTED = "import"


def of_brand(brand_id: int) -> dict[str, int]:
    """Everything that was imported for this brand, whenever."""
    with db.system_transaction(brand_id):
        return {name: int(session.scalar(figure) or 0) for name, figure in _figures().items()}


def _figures() -> dict[str, Rows]:
    orders = select(Order.id).where(Order.origin == IMPORTED)
    batches = select(CouponBatch.id).where(CouponBatch.campaign_id.is_not(None))
    return {
        "stores": _count(Store),
        "members": _count(Member).where(Member.origin == IMPORTED),
        "products": _count(Product),
        "orders": _count(Order).where(Order.origin == IMPORTED),
        "order_lines": _count(OrderLine).where(OrderLine.order_id.in_(orders)),
        "sales_fen": select(func.sum(Order.paid_fen)).where(Order.origin == IMPORTED),
        "points": select(func.sum(PointsTransfer.amount)).where(PointsTransfer.kind == "order"),
        "campaigns": _count(CouponCampaign),
        "targets": _count(CouponTarget),
        "batches": _count(CouponBatch).where(CouponBatch.campaign_id.is_not(None)),
        "coupons": _count(Coupon).where(Coupon.batch_id.in_(batches), Coupon.reason == REASON),
        "redemptions": _count(Redemption).where(Redemption.key.startswith(f"{REASON}:")),
    }


def _count(model: Any) -> Rows:
    return select(func.count()).select_from(model)


def of_file(brand_id: int, staging: Staging) -> dict[str, int]:
    """What of one file is good and stands in the tables now."""
    orders, lines = staging.orders.c, staging.lines.c
    figures = {
        "orders": _count(staging.orders),
        "order_lines": _count(staging.lines).where(lines.order_no.in_(select(orders.order_no))),
        "sales_fen": select(func.sum(orders.paid_fen)),
    }
    with db.system_transaction(brand_id):
        return {name: int(session.scalar(figure) or 0) for name, figure in figures.items()}
