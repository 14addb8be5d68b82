"""What members bought, wherever they bought it, and what they brought back."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to, current_brand_id

NONE_YET = "0"


class OrderState(StrEnum):
    PAID = "paid"
    PARTLY_RETURNED = "partly_returned"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class Order(NumberedBrandRow):
    """One receipt. Money is integer fen; `paid_fen` is what points and tiers count: the goods,
    without delivery and without what points paid. `digest` is of what its till told."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("brand_id", "source", "order_no"),
        CheckConstraint("returned_fen BETWEEN 0 AND greatest(paid_fen, 0)", name="returned"),
        belongs_to("members", "member_id"),
        belongs_to("stores", "store_id"),
        belongs_to("staff", "staff_id"),
        Index(None, "brand_id", "member_id", "paid_at"),
        Index(None, "brand_id", "store_id", "paid_at"),
    )

    source: Mapped[str] = mapped_column(String(16))
    order_no: Mapped[str] = mapped_column(String(32))
    member_id: Mapped[int | None]
    store_id: Mapped[int]
    paid_at: Mapped[datetime]
    paid_fen: Mapped[int]
    list_fen: Mapped[int]
    coupon_fen: Mapped[int] = mapped_column(default=0)
    origin: Mapped[str] = mapped_column(String(16))
    state: Mapped[OrderState] = mapped_column(String(16), server_default=OrderState.PAID)
    returned_fen: Mapped[int] = mapped_column(server_default=NONE_YET)
    shipping_fen: Mapped[int] = mapped_column(server_default=NONE_YET)
    points: Mapped[int] = mapped_column(server_default=NONE_YET)  # spent on it
    points_fen: Mapped[int] = mapped_column(server_default=NONE_YET)
    staff_id: Mapped[int | None]  # the guide who sold it
    revision: Mapped[int] = mapped_column(server_default=NONE_YET)
    digest: Mapped[str | None] = mapped_column(String(64))
    recorded_at: Mapped[datetime | None]


class OrderLine(BrandRow):
    """A line of a receipt. Its order vouches for the brand: one foreign key less to check."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint(
            "returned_quantity BETWEEN 0 AND greatest(quantity, 0)", name="returned_quantity"
        ),
        CheckConstraint("returned_fen BETWEEN 0 AND greatest(paid_fen, 0)", name="returned_fen"),
        belongs_to("orders", "order_id"),
        belongs_to("products", "product_id"),
    )

    brand_id: Mapped[int] = mapped_column(primary_key=True, default=current_brand_id, sort_order=-2)
    order_id: Mapped[int] = mapped_column(primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    product_id: Mapped[int]
    quantity: Mapped[int]
    paid_fen: Mapped[int]
    list_fen: Mapped[int]
    retail_discount_fen: Mapped[int] = mapped_column(default=0)
    coupon_fen: Mapped[int] = mapped_column(default=0)
    coupon_match_fen: Mapped[int] = mapped_column(default=0)
    points_fen: Mapped[int] = mapped_column(server_default=NONE_YET)
    returned_quantity: Mapped[int] = mapped_column(server_default=NONE_YET)
    returned_fen: Mapped[int] = mapped_column(server_default=NONE_YET)


class PaymentMethod(StrEnum):
    CASH = "cash"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    CARD = "card"
    OTHER = "other"


class OrderPayment(BrandRow):
    """A part of the money for an order, and how it was paid."""

    __tablename__ = "order_payments"
    __table_args__ = (
        CheckConstraint("fen > 0", name="positive"),
        belongs_to("orders", "order_id"),
    )

    order_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    method: Mapped[PaymentMethod] = mapped_column(String(8))
    fen: Mapped[int]


class ReturnKind(StrEnum):
    RETURN = "return"
    CANCEL = "cancel"  # the whole sale is taken back


class ReturnState(StrEnum):
    WAITING = "waiting"  # its sale has not come yet
    APPLIED = "applied"
    REFUSED = "refused"  # waited, and then asked for more than was sold


class OrderReturn(NumberedBrandRow):
    """Goods brought back, or a whole sale cancelled. It may arrive before its sale does."""

    __tablename__ = "order_returns"
    __table_args__ = (
        UniqueConstraint("brand_id", "source", "return_no"),
        CheckConstraint("(state = 'applied') = (order_id IS NOT NULL)", name="applied"),
        CheckConstraint("refund_fen >= 0", name="refund"),
        belongs_to("orders", "order_id"),
        belongs_to("stores", "store_id"),
        Index(None, "brand_id", "store_id", "returned_at"),
        Index(
            "ix_order_returns_waiting",
            "brand_id",
            "source",
            "order_no",
            postgresql_where="state = 'waiting'",
        ),
    )

    source: Mapped[str] = mapped_column(String(16))
    return_no: Mapped[str] = mapped_column(String(40))
    order_no: Mapped[str] = mapped_column(String(32))
    order_id: Mapped[int | None]
    store_id: Mapped[int]
    kind: Mapped[ReturnKind] = mapped_column(String(8))
    state: Mapped[ReturnState] = mapped_column(String(8))
    returned_at: Mapped[datetime]
    refund_fen: Mapped[int] = mapped_column(default=0)
    is_bound: Mapped[bool]  # told by a till, which knows no other store's orders
    digest: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime]


class OrderReturnLine(BrandRow):
    """How much of one line. Without `fen` its share of what was paid for the line goes back."""

    __tablename__ = "order_return_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        belongs_to("order_returns", "return_id"),
    )

    return_id: Mapped[int] = mapped_column(primary_key=True)
    line_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    quantity: Mapped[int]
    fen: Mapped[int | None]


class OrderCorrection(BrandRow):
    """What an order was before its till corrected it: one row a revision, never edited."""

    __tablename__ = "order_corrections"
    __table_args__ = (belongs_to("orders", "order_id"),)

    order_id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)
    corrected_at: Mapped[datetime]


class TillDay(NumberedBrandRow):
    """What a store's till says that it sold and took back on one day; its newest word holds.
    What stands here is counted anew whenever somebody looks."""

    __tablename__ = "till_days"
    __table_args__ = (
        UniqueConstraint("brand_id", "store_id", "day"),
        belongs_to("stores", "store_id"),
        Index(None, "brand_id", "day"),
    )

    store_id: Mapped[int]
    day: Mapped[date]
    told: Mapped[dict[str, Any]] = mapped_column(JSONB)
    told_at: Mapped[datetime]
