"""Stores, many at once."""

from __future__ import annotations

from app.core import bulk
from app.core.bulk import Rows
from app.stores.models import Store


def add(rows: Rows) -> int:
    """Rows of `code, name`. A store that is known stays: staff may have renamed it since."""
    return bulk.insert_new(Store, rows)
