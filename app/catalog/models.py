"""What is sold."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import NumberedBrandRow


class Product(NumberedBrandRow):
    """A SKU. One that a till sold but no master lists is kept with `is_listed` false."""

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("brand_id", "sku"),)

    sku: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(128))
    department: Mapped[str | None] = mapped_column(String(64))
    category: Mapped[str | None] = mapped_column(String(64))
    package: Mapped[str | None] = mapped_column(String(64))
    is_listed: Mapped[bool] = mapped_column(default=True)
