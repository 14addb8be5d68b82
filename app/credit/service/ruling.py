"""Which rule holds when, and a new one. What was sold before it starts stays as it was."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.brands.models import Brand
from app.core import audit, clock, db
from app.core.db import session
from app.core.errors import BadInput, NotFound
from app.credit import form
from app.credit.models import CreditRule
from app.credit.rules import FIRST, Part, Rule


class StartsTooEarly(BadInput):
    code, title = "credit_starts_too_early", "生效时间已经过去。卖掉的单不会改算，选一个以后的时间"


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
    by_start = {row.starts_at: _version(row) for row in rows}  # the later version of two
    return Timetable(tuple(by_start), (Version(FIRST), *by_start.values()))


def in_force(at: datetime) -> Version:
    """The rule that holds at that moment."""
    return timetable().at(at)


def by_number(version: int) -> Version:
    """One rule, whenever it holds. Raises NoRule."""
    if version == FIRST.version:
        return Version(FIRST)
    row = session.get(CreditRule, (db.current_brand_id(), version))
    if row is None:
        raise NoRule()
    return _version(row)


def history() -> list[Version]:
    """All that were ever made, newest first, the product's own last."""
    rows = session.scalars(select(CreditRule).order_by(CreditRule.version.desc()))
    return [*(_version(row) for row in rows), Version(FIRST)]


def publish(parts: Sequence[Part], *, starts_at: datetime | None, actor: str) -> Version:
    """A new rule for orders paid from that moment on, or from now. Orders paid before keep theirs.

    Raises NotARule, StartsTooEarly.
    """
    form.refuse_unfit(parts)
    now = clock.now()
    if starts_at is not None and starts_at < now:
        raise StartsTooEarly()
    session.execute(select(Brand.id).filter_by(id=db.current_brand_id()).with_for_update())
    row = CreditRule(
        version=(session.scalar(select(func.max(CreditRule.version))) or 0) + 1,
        starts_at=starts_at or now,
        parts=form.dump(parts),
        made_at=now,
        made_by=actor,
    )
    session.add(row)
    session.flush()
    _note(row)
    return _version(row)


def _version(row: CreditRule) -> Version:
    return Version(Rule(row.version, form.load(row.parts)), row.starts_at, row.made_by)


def _note(row: CreditRule) -> None:
    audit.record(
        "credit.rule_published",
        actor=row.made_by,
        subject=f"credit_rule:{row.version}",
        starts_at=row.starts_at.isoformat(),
        parts=row.parts,
    )
