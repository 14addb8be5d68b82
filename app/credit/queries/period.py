"""Months and days as a brand counts them, and which stores of it are meant."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.brands import service as brands
from app.core import clock, db
from app.core.errors import BadInput

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)
DECEMBER = 12


class NotAMonth(BadInput):
    code, title = "not_a_month", "月份写成 2026-10 这样"


@dataclass(frozen=True)
class Period:
    """From a moment until before another, in these stores; None for all of the brand."""

    start: datetime
    end: datetime
    store_ids: frozenset[int] | None = None

    @property
    def days(self) -> tuple[date, date]:
        """The first day, and the one after the last, by the brand's calendar."""
        here = zone()
        return clock.business_day(self.start, here), clock.business_day(self.end, here)

    @property
    def asked(self) -> dict[str, Any]:
        """Parameters of ORDERS."""
        return {
            "brand": db.current_brand_id(),
            "start": self.start,
            "end": self.end,
            "every_store": self.store_ids is None,
            "stores": sorted(self.store_ids or ()),
        }


# The orders of a period, with what was sold and what came back.
ORDERS = """o.brand_id = :brand AND o.paid_at >= :start AND o.paid_at < :end
    AND (:every_store OR o.store_id = ANY(CAST(:stores AS bigint[])))"""


def zone() -> ZoneInfo:
    """Of the current brand."""
    return brands.get(db.current_brand_id()).zoneinfo


def month(written: str, store_ids: Collection[int] | None = None) -> Period:
    """`2026-10` in the brand's zone. Raises NotAMonth."""
    found = _MONTH.fullmatch(written)
    if found is None:
        raise NotAMonth()
    first = date(int(found[1]), int(found[2]), 1)
    return of_days(first, _following(first), store_ids)


def this_month() -> str:
    """`2026-11`."""
    return f"{clock.business_day(clock.now(), zone()):%Y-%m}"


def month_before(written: str) -> str:
    """`2026-10` for `2026-11`."""
    year, number = map(int, written.split("-"))
    return f"{year}-{number - 1:02d}" if number > 1 else f"{year - 1}-{DECEMBER}"


def of_days(first: date, until: date, store_ids: Collection[int] | None = None) -> Period:
    """From the first day until before another."""
    start, end = clock.day_bounds(first, zone())[0], clock.day_bounds(until, zone())[0]
    return Period(start, end, None if store_ids is None else frozenset(store_ids))


def _following(first: date) -> date:
    if first.month == DECEMBER:
        return date(first.year + 1, 1, 1)
    return date(first.year, first.month + 1, 1)
