"""What goods cost and how many stand in a store, as another system tells it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from app.catalog.models import Product, ShelfStock
from app.catalog.service import known
from app.core import db
from app.core.db import session

PRICES = """
UPDATE products SET price_fen = told.figure, priced_at = :at
FROM unnest(CAST(:ids AS bigint[]), CAST(:figures AS bigint[])) told (id, figure)
WHERE products.brand_id = :brand AND products.id = told.id
    AND (products.priced_at IS NULL OR products.priced_at <= :at)"""
STOCKS = """
INSERT INTO shelf_stocks (brand_id, store_id, product_id, on_hand, told_at)
SELECT :brand, :store, told.id, told.figure, :at
FROM unnest(CAST(:ids AS bigint[]), CAST(:figures AS bigint[])) told (id, figure)
ON CONFLICT (brand_id, store_id, product_id) DO UPDATE
    SET on_hand = excluded.on_hand, told_at = excluded.told_at
    WHERE shelf_stocks.told_at <= excluded.told_at"""


@dataclass(frozen=True)
class Told:
    """What was said of one SKU; what was not said stays as it was."""

    sku: str
    on_hand: int | None
    price_fen: int | None


@dataclass(frozen=True)
class Shelf:
    """What is known of goods of one name: the least and the greatest price, and how many of all
    their SKUs stand in the store; None where nobody said."""

    least_fen: int | None
    most_fen: int | None
    on_hand: int | None

    @property
    def is_out(self) -> bool:
        """Whether it is known that there is none."""
        return self.on_hand == 0


def tell(store_id: int, told: Sequence[Told], at: datetime) -> list[str]:
    """Keep the newest word on each, the last one where a SKU comes twice; answers the SKUs that
    nobody knows, of which nothing is kept. In four statements, under the products' rows in the
    order of their ids, so that two who tell at once do not wait for each other in a ring."""
    by_sku = {each.sku: each for each in told}
    found = known(by_sku)
    words = {product.id: by_sku[sku] for sku, product in found.items()}
    _hold(words)
    prices = {row_id: one.price_fen for row_id, one in words.items() if one.price_fen is not None}
    counts = {row_id: one.on_hand for row_id, one in words.items() if one.on_hand is not None}
    session.execute(text(PRICES), _asked(prices, at))
    session.execute(text(STOCKS), _asked(counts, at) | {"store": store_id})
    return sorted(set(by_sku) - set(found))


def _hold(product_ids: Collection[int]) -> None:
    theirs = select(Product.id).where(Product.id.in_(product_ids)).order_by(Product.id)
    session.execute(theirs.with_for_update(key_share=True))


def _asked(figures: Mapping[int, int], at: datetime) -> dict[str, Any]:
    return {
        "brand": db.current_brand_id(),
        "ids": list(figures),
        "figures": list(figures.values()),
        "at": at,
    }


def of_names(names: Collection[str], store_id: int) -> dict[str, Shelf]:
    """By name of goods, what is known of them in this store, in one query; unknown names are
    missing."""
    here = (
        (ShelfStock.brand_id == Product.brand_id)
        & (ShelfStock.store_id == store_id)
        & (ShelfStock.product_id == Product.id)
    )
    prices = func.min(Product.price_fen), func.max(Product.price_fen)
    shelves = (
        select(Product.name, *prices, func.sum(ShelfStock.on_hand))
        .outerjoin(ShelfStock, here)
        .where(Product.name.in_(names), Product.is_listed)
        .group_by(Product.name)
    )
    return {
        name: Shelf(least, most, None if on_hand is None else int(on_hand))
        for name, least, most, on_hand in session.execute(shelves)
    }
