"""What members bought, wherever they bought it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to, current_brand_id


class Order(NumberedBrandRow):
    """One receipt. Money is integer fen; `paid_fen` is what points and tiers count."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("brand_id", "source", "order_no"),
        belongs_to("members", "member_id"),
        belongs_to("stores", "store_id"),
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


class OrderLine(BrandRow):
    """A line of a receipt. Its order vouches for the brand: one foreign key less to check."""

    __tablename__ = "order_lines"
    __table_args__ = (belongs_to("orders", "order_id"), belongs_to("products", "product_id"))

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
