"""Prices and stock, as a till or the ERP tells them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.catalog import shelves
from app.core import clock
from app.core.errors import BadInput
from app.pos.service.callers import Machine
from app.pos.service.stores import store_of

CLOCK_SKEW = timedelta(minutes=5)


class GoodsTooNew(BadInput):
    code, title = "goods_too_new", "时间在将来，核对时钟后再报"


def tell_goods(caller: Machine, told: dict[str, Any]) -> dict[str, Any]:
    """Keep the newest word on each of them. Raises NoStore, BadInput, GoodsTooNew."""
    if told["at"] > clock.now() + CLOCK_SKEW:
        raise GoodsTooNew(fields={"json": {"at": [GoodsTooNew.title]}})
    store, items = store_of(caller, told["store"]), told["items"]
    unknown = shelves.tell(store.id, items, told["at"])
    return {"told": len({each.sku for each in items}) - len(unknown), "unknown_skus": unknown}
