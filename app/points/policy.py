"""What a brand decides about its points: kept in its settings under `points`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.brands.models import Brand
from app.core import clock, db
from app.core.db import session
from app.points.models import NEVER, RIPE


class Period(StrEnum):
    """At whose end points lapse."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}


@dataclass(frozen=True)
class Policy:
    """`return_days` 0: points can be used at once. `lapse_months` 0: they never lapse; else at the
    end of the period in which they are so old. `step_points` are worth `step_fen` at a till, up to
    `cap_basis_points` of what the goods cost."""

    return_days: int = 0
    lapse_months: int = 0
    period: Period = Period.MONTH
    step_points: int = 100
    step_fen: int = 100
    cap_basis_points: int = 10_000
    zone: ZoneInfo = clock.SHANGHAI

    def ripens_at(self, earned_at: datetime, now: datetime) -> datetime:
        """When the return period of what was bought then is over; RIPE where it is already."""
        if self.return_days == 0:
            return RIPE
        day = clock.business_day(earned_at, self.zone) + timedelta(days=self.return_days)
        over = clock.day_bounds(day, self.zone)[1]
        return over if over > now else RIPE

    def lapses_at(self, earned_at: datetime) -> datetime:
        """The end of the period in which points earned then lapse."""
        if self.lapse_months == 0:
            return NEVER
        day = clock.business_day(earned_at, self.zone)
        length = MONTHS[self.period]
        reached = day.year * 12 + day.month - 1 + self.lapse_months
        year, month = divmod((reached // length + 1) * length, 12)
        return clock.day_bounds(date(year, month + 1, 1), self.zone)[0]


def policy() -> Policy:
    """The current brand's."""
    brand = session.get_one(Brand, db.current_brand_id())
    return read(brand.settings.get("points", {}), brand.zoneinfo)


class Worth(NamedTuple):
    """So many points pay so many fen at a till, up to a share of what the goods cost."""

    step_points: int
    step_fen: int
    cap_basis_points: int


def worth() -> Worth:
    """What the current brand's points are worth."""
    ours = policy()
    return Worth(ours.step_points, ours.step_fen, ours.cap_basis_points)


def read(kept: dict[str, Any], zone: ZoneInfo) -> Policy:
    """A policy as it was kept; what it does not say is as without one."""
    known = {name: kept[name] for name in _names() if name in kept}
    if "period" in known:
        known["period"] = Period(known["period"])
    return Policy(**known, zone=zone)


def write(policy: Policy) -> dict[str, Any]:
    """As `read` reads it."""
    return {name: asdict(policy)[name] for name in _names()}


def change(to: Policy) -> None:
    """From now on; what was earned before keeps its day."""
    brand = session.get_one(Brand, db.current_brand_id())
    brand.settings = {**brand.settings, "points": write(to)}
    session.flush()


def _names() -> list[str]:
    fields: dict[str, Any] = Policy.__dataclass_fields__
    return [name for name in fields if name != "zone"]
