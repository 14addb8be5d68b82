"""What is sold."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow, NumberedBrandRow, belongs_to


class Product(NumberedBrandRow):
    """A SKU. One that a till sold but no master lists is kept with `is_listed` false. What it
    costs is known where another system tells it."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("brand_id", "sku"),
        CheckConstraint("price_fen >= 0", name="price"),
        CheckConstraint("(price_fen IS NULL) = (priced_at IS NULL)", name="priced"),
        Index(None, "brand_id", "name"),
    )

    sku: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(128))
    department: Mapped[str | None] = mapped_column(String(64))
    category: Mapped[str | None] = mapped_column(String(64))
    package: Mapped[str | None] = mapped_column(String(64))
    is_listed: Mapped[bool] = mapped_column(default=True)
    price_fen: Mapped[int | None]
    priced_at: Mapped[datetime | None]


class ShelfStock(BrandRow):
    """How many of a SKU stand in a store, as its system said last; an older word that comes late
    changes nothing."""

    __tablename__ = "shelf_stocks"
    __table_args__ = (
        belongs_to("stores", "store_id"),
        belongs_to("products", "product_id"),
        CheckConstraint("on_hand >= 0", name="on_hand"),
    )

    store_id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(primary_key=True)
    on_hand: Mapped[int]
    told_at: Mapped[datetime]
