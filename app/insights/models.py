"""What was counted, and when. Aggregates alone: no row here speaks of a person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import BrandRow

WHOLE_BRAND = 0  # stands where a store's id would: a key's column cannot be empty


class Basis(StrEnum):
    """What is counted: orders that hold both products, or members who bought both."""

    ORDERS = "orders"
    MEMBERS = "members"


class Count(BrandRow):
    """One thing to count, its last result, and since when it waits to be counted again."""

    __tablename__ = "insight_counts"
    __table_args__ = (Index(None, "due_at", postgresql_where=text("due_at IS NOT NULL")),)

    basis: Mapped[Basis] = mapped_column(String(8), primary_key=True)
    store_id: Mapped[int] = mapped_column(primary_key=True)
    planned_at: Mapped[datetime]
    planned_to: Mapped[int]  # the newest order when this was last looked at
    due_at: Mapped[datetime | None]
    counted_at: Mapped[datetime | None]
    total: Mapped[int] = mapped_column(default=0)


class ProductPair(BrandRow):
    """Two products in one basket: `n_a` orders hold the first, `n_b` the second, `n_ab` both."""

    __tablename__ = "product_pairs"
    __table_args__ = (
        CheckConstraint("product_a < product_b", name="once"),
        CheckConstraint("n_ab BETWEEN 1 AND least(n_a, n_b)", name="counts"),
        Index(None, "brand_id", "store_id", "product_b"),
    )

    store_id: Mapped[int] = mapped_column(primary_key=True)
    product_a: Mapped[str] = mapped_column(String(128, collation="C"), primary_key=True)
    product_b: Mapped[str] = mapped_column(String(128, collation="C"), primary_key=True)
    n_a: Mapped[int]
    n_b: Mapped[int]
    n_ab: Mapped[int]


class Neighbour(BrandRow):
    """A product and one of those whose buyers are most like its own, the nearest at place 1.

    `cosine` is n_both / sqrt(n_product * n_neighbour) in ten-thousandths, rounded down.
    """

    __tablename__ = "product_neighbours"
    __table_args__ = (
        CheckConstraint("n_both BETWEEN 1 AND least(n_product, n_neighbour)", name="counts"),
        CheckConstraint("cosine BETWEEN 0 AND 10000", name="cosine"),
    )

    product: Mapped[str] = mapped_column(String(128, collation="C"), primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    neighbour: Mapped[str] = mapped_column(String(128, collation="C"))
    n_product: Mapped[int]
    n_neighbour: Mapped[int]
    n_both: Mapped[int]
    cosine: Mapped[int] = mapped_column(SmallInteger)
