"""The samples that lie on the stores' shelves."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.db import session
from app.coupons.models import StoreSample


def stock_samples(batch_id: int, counts: dict[int, int]) -> None:
    """How many samples lie in each store from now on."""
    rows = [
        {
            "brand_id": db.current_brand_id(),
            "batch_id": batch_id,
            "store_id": store_id,
            "left_count": count,
        }
        for store_id, count in counts.items()
    ]
    statement = insert(StoreSample).values(rows)
    counted = {"left_count": statement.excluded.left_count}
    keys = ["brand_id", "batch_id", "store_id"]
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=counted))


def change(batch_id: int, store_id: int, by: int) -> bool:
    """Put so many on the shelf, or take them; False where it holds too few or none at all."""
    shelf = (
        (StoreSample.brand_id == db.current_brand_id())
        & (StoreSample.batch_id == batch_id)
        & (StoreSample.store_id == store_id)
    )
    enough = StoreSample.left_count + by >= 0
    statement = update(StoreSample).where(shelf, enough)
    changed = session.execute(
        statement.values(left_count=StoreSample.left_count + by).returning(StoreSample.store_id)
    )
    return changed.scalar() is not None
