"""Products, many at once."""

from __future__ import annotations

from app.catalog.models import Product
from app.core import bulk
from app.core.bulk import Rows


def upsert(rows: Rows) -> int:
    """Rows of `sku, name, department, category, package, is_listed`: the master's word."""
    return bulk.upsert(Product, rows, key=["sku"])


def add_unlisted(rows: Rows) -> int:
    """Rows of `sku, name, is_listed`: sold by a till, unknown to the master; known ones stay."""
    return bulk.insert_new(Product, rows)
