"""What a brand decides about its tiers: kept in its settings under `tiers`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from app.brands.models import Brand
from app.core import clock, db
from app.core.db import session
from app.points.models import GrowthKind


class By(StrEnum):
    """What counts."""

    SPEND = "spend"
    GROWTH = "growth"  # spend, and what was given for other things


@dataclass(frozen=True)
class TierPolicy:
    """`window_months` 0: all that ever counted, and a tier is for good. Else what counted in so
    many months; a tier is kept as long, to the end of a month, and `grace_days` beyond."""

    by: By = By.SPEND
    window_months: int = 0
    grace_days: int = 0
    zone: ZoneInfo = clock.SHANGHAI

    def kinds(self) -> list[GrowthKind]:
        """What counts."""
        every = list(GrowthKind)
        return every if self.by == By.GROWTH else [k for k in every if k is not GrowthKind.BONUS]

    def since(self, at: datetime) -> datetime | None:
        """From when on things count at that moment; None: from ever."""
        if not self.window_months:
            return None
        return self._months(at, -self.window_months)

    def keeps_until(self, at: datetime) -> datetime | None:
        """Until when a tier that is reached then is kept; None: for good."""
        if not self.window_months:
            return None
        return self._months(at, self.window_months + 1)

    def falls_at(self, keeps_until: datetime) -> datetime:
        """When the grace is over."""
        return keeps_until + timedelta(days=self.grace_days)

    def _months(self, at: datetime, months: int) -> datetime:
        """The start of the month that is so many months away."""
        day = clock.business_day(at, self.zone)
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        return clock.day_bounds(date(year, month + 1, 1), self.zone)[0]


def tier_policy() -> TierPolicy:
    """The current brand's."""
    brand = session.get_one(Brand, db.current_brand_id())
    return read(brand.settings.get("tiers"), brand.zone)


def read(settings: Mapping[str, Any] | None, zone: str) -> TierPolicy:
    """What stands in a brand's settings."""
    kept = settings or {}
    return TierPolicy(
        By(kept.get("by", By.SPEND)),
        kept.get("window_months", 0),
        kept.get("grace_days", 0),
        ZoneInfo(zone),
    )


def change_tiers(to: TierPolicy) -> None:
    """From now on: whoever has a tier keeps it until the end of her period."""
    brand = session.get_one(Brand, db.current_brand_id())
    kept = {"by": to.by.value, "window_months": to.window_months, "grace_days": to.grace_days}
    brand.settings = {**brand.settings, "tiers": kept}
    session.flush()
