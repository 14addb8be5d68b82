"""What one guide did and sold in a time, for herself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.complaints import queries as complaints
from app.complaints.queries import Counted
from app.core import clock
from app.credit.queries import answers, chances, ruling, shares
from app.credit.queries import period as periods
from app.credit.queries.answers import Answers
from app.credit.queries.period import Period
from app.credit.queries.ruling import Version
from app.credit.queries.shares import Line
from app.stores import queries as stores
from app.tasks import queries as tasks

WHENS: Mapping[str, str] = {"today": "今天", "month": "本月", "last": "上个月"}


@dataclass(frozen=True)
class Own:
    """Her figures; `fen` is the sum of her lines."""

    chances: int
    scans: int
    tasks: int
    taken: int
    greeted: int
    joined: int
    bought: int
    answers: Answers
    complaints: Counted
    lines: Sequence[Line]
    versions: Mapping[int, Version]
    store_names: Mapping[int, str]
    held: Version

    @property
    def fen(self) -> int:
        """Her part of the sales."""
        return sum(line.fen for line in self.lines)

    @property
    def gross_fen(self) -> int:
        """Her part before anything came back."""
        return sum(line.gross_fen for line in self.lines)

    @property
    def back_fen(self) -> int:
        """What came back of her part."""
        return self.gross_fen - self.fen

    @property
    def order_count(self) -> int:
        """How many orders she has a part of."""
        return len({line.order_id for line in self.lines})


def own(staff_id: int, when: str) -> Own:
    """Over all stores in which she took somebody, whether she still works there or not."""
    period = _period(when)
    made = chances.chances(period, tasks.given).values()
    mine = [each for each in made if each.staff_id == staff_id]
    lines = shares.lines_of(staff_id, period)
    used = {line.version for line in lines if line.version is not None}
    found = stores.by_ids({line.store_id for line in lines})
    return Own(
        chances=sum(each.chances for each in mine),
        scans=sum(each.scans for each in mine),
        tasks=sum(each.tasks for each in mine),
        taken=sum(each.taken for each in mine),
        greeted=sum(each.greeted for each in mine),
        joined=sum(each.joined for each in mine),
        bought=sum(each.bought for each in mine),
        answers=answers.answers(period).get((None, staff_id), Answers()),
        complaints=complaints.about(staff_id, *period.days),
        lines=lines,
        versions={number: ruling.by_number(number) for number in sorted(used)},
        store_names={store_id: store.name for store_id, store in found.items()},
        held=ruling.in_force(clock.now()),
    )


def _period(when: str) -> Period:
    if when == "today":
        today = clock.business_day(clock.now(), periods.zone())
        return periods.of_days(today, today + timedelta(days=1))
    this = periods.this_month()
    return periods.month(this if when == "month" else periods.month_before(this))
