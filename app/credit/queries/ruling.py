"""Which rule of the brand's holds when."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.core.errors import NotFound
from app.credit import form
from app.credit.models import CreditRule
from app.credit.rules import FIRST, Rule


class NoRule(NotFound):
    code, title = "no_credit_rule", "没有这一版业绩规则"


@dataclass(frozen=True)
class Version:
    """A rule with when it starts and who made it; version 0 has neither."""

    rule: Rule
    starts_at: datetime | None = None
    made_by: str | None = None


@dataclass(frozen=True)
class Timetable:
    """All rules by their start: which one holds at a moment, without asking again."""

    starts: tuple[datetime, ...]
    versions: tuple[Version, ...]  # one more than starts: the first holds before any

    def at(self, moment: datetime) -> Version:
        """The rule for an order paid then."""
        return self.versions[bisect_right(self.starts, moment)]


def timetable() -> Timetable:
    """Every rule that holds at some time."""
    rows = session.scalars(select(CreditRule).order_by(CreditRule.starts_at, CreditRule.version))
    by_start = {row.starts_at: version_of(row) for row in rows}  # the later version of two
    return Timetable(tuple(by_start), (Version(FIRST), *by_start.values()))


def in_force(at: datetime) -> Version:
    """The rule that holds at that moment."""
    return timetable().at(at)


def held(start: datetime, end: datetime) -> list[Version]:
    """The rules by which orders paid from `start` until before `end` go, in their order."""
    table = timetable()
    inside = [at for at in table.starts if start < at < end]
    return [table.at(at) for at in (start, *inside)]


def by_number(version: int) -> Version:
    """One rule, whenever it holds. Raises NoRule."""
    if version == FIRST.version:
        return Version(FIRST)
    row = session.get(CreditRule, (db.current_brand_id(), version))
    if row is None:
        raise NoRule()
    return version_of(row)


def history() -> list[Version]:
    """All that were ever made, newest first, the product's own last."""
    rows = session.scalars(select(CreditRule).order_by(CreditRule.version.desc()))
    return [*(version_of(row) for row in rows), Version(FIRST)]


def version_of(row: CreditRule) -> Version:
    """A stored rule."""
    return Version(Rule(row.version, form.load(row.parts)), row.starts_at, row.made_by)
