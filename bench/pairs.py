"""How long it takes to count again what is bought together: the demo brand's year, 1.4 M lines."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import func, select

from app.core import clock, db
from app.core.db import session
from app.imports import progress, service
from app.insights import bulk
from app.insights.models import WHOLE_BRAND, Basis, Neighbour, ProductPair
from app.orders.models import Order, OrderLine
from bench.house import open_house
from bench.rows import row

ROUNDS, ENOUGH_LINES = 3, 1_400_000


def measure() -> list[dict[str, Any]]:
    """Row `pairs`: the busiest store's count among all the brand's lines. The whole brand's, as
    much as a store that had sold every line, and the members' neighbours stand beside it."""
    with open_house() as house, tempfile.TemporaryDirectory() as folder:
        service.import_completejourney(
            house.brand_id, folder=Path(folder), progress=progress.silent
        )
        store_id, lines = _busiest(house.brand_id)
        rounds = [_round(house.brand_id, store_id) for _ in range(ROUNDS)]
        brand, store, neighbours = map(list, zip(*rounds, strict=True))
        more = _found(house.brand_id, store_id)
    return [
        row(
            "pairs",
            store,
            "s",
            lines=lines,
            brand_s=round(median(brand), 2),
            neighbours_s=round(median(neighbours), 2),
            **more,
        )
    ]


def _busiest(brand_id: int) -> tuple[int, int]:
    with db.transaction(brand_id):
        bulk.plan(clock.now())
        busiest = select(Order.store_id).group_by(Order.store_id).order_by(func.count().desc())
        lines = session.scalar(select(func.count()).select_from(OrderLine)) or 0
        if lines < ENOUGH_LINES:
            raise RuntimeError("the demo brand has more lines than that")
        return session.scalars(busiest.limit(1)).one(), lines


def _round(brand_id: int, store_id: int) -> tuple[float, float, float]:
    taken = (
        _seconds(brand_id, Basis.ORDERS, WHOLE_BRAND),
        _seconds(brand_id, Basis.ORDERS, store_id),
        _seconds(brand_id, Basis.MEMBERS, WHOLE_BRAND),
    )
    print("  brand {:.1f} s, busiest store {:.2f} s, neighbours {:.1f} s".format(*taken))
    return taken


def _seconds(brand_id: int, basis: Basis, store_id: int) -> float:
    """From the request for a connection to the commit."""
    began = time.perf_counter()
    with db.transaction(brand_id):
        bulk.recount(basis, store_id, wait=True)
    return time.perf_counter() - began


def _found(brand_id: int, store_id: int) -> dict[str, int]:
    pairs = select(func.count()).select_from(ProductPair)
    with db.transaction(brand_id):
        return {
            "pairs": session.scalar(pairs.filter_by(store_id=WHOLE_BRAND)) or 0,
            "busiest_store_pairs": session.scalar(pairs.filter_by(store_id=store_id)) or 0,
            "neighbours": session.scalar(select(func.count()).select_from(Neighbour)) or 0,
        }
