"""The limits on claims, counted: a row each, which cannot pass its cap.

Only who holds the row of the batch counts for it, so what is read here is what is true until
the commit; the CHECK on each counter is the wall behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from sqlalchemy import Table, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.db import session
from app.coupons.models import EVERYBODY, CountScope, CouponBatch, CouponCount
from app.coupons.models.limits import ALWAYS
from app.coupons.refusals import Reason
from app.members.models import Member

Place = tuple[int, str, str, str]  # batch, scope, who, period
REASONS = {
    CountScope.PERSON: Reason.PER_PERSON,
    CountScope.PHONE: Reason.PER_PHONE,
    CountScope.PERSON_DAY: Reason.PER_PERSON_DAY,
    CountScope.DAY: Reason.PER_DAY,
    CountScope.GUIDE_MONTH: Reason.PER_GUIDE_MONTH,
}


@dataclass(frozen=True)
class Limit:
    """One counter that a claim would raise."""

    place: Place
    cap: int

    @property
    def reason(self) -> Reason:
        """What she is told when it is full."""
        return REASONS[CountScope(self.place[1])]


def limits_of(
    batch: CouponBatch, member_id: int, phone: str | None, guide_id: int | None, day: date
) -> list[Limit]:
    """The counters that one more for her would raise, in the order in which they are told."""
    her, today = str(member_id), day.isoformat()
    asked = (
        (CountScope.PERSON, batch.per_person, her, ALWAYS),
        (CountScope.PHONE, batch.per_phone, phone or "", ALWAYS),
        (CountScope.PERSON_DAY, batch.per_person_day, her, today),
        (CountScope.DAY, batch.per_day, EVERYBODY, today),
        (CountScope.GUIDE_MONTH, batch.per_guide_month, f"{guide_id}", today[:7]),
    )
    return [
        Limit((batch.id, scope.value, who, period), cap)
        for scope, cap, who, period in asked
        if cap is not None and not (scope is CountScope.GUIDE_MONTH and guide_id is None)
    ]


@dataclass
class Tally:
    """What the counters say, and what this transaction adds to them."""

    stood: Mapping[Place, int]
    more: Counter[Place] = field(default_factory=Counter)
    caps: dict[Place, int] = field(default_factory=dict)

    def full(self, limits: Iterable[Limit]) -> Reason | None:
        """The first of them that holds no more."""
        for limit in limits:
            if self.stood.get(limit.place, 0) + self.more[limit.place] >= limit.cap:
                return limit.reason
        return None

    def add(self, limits: Iterable[Limit]) -> None:
        """One more on each."""
        for limit in limits:
            self.more[limit.place] += 1
            self.caps[limit.place] = limit.cap

    def write(self) -> None:
        """Raise the counters. The database refuses what would pass a cap."""
        rows = list(self._rows())
        if not rows:
            return
        statement = insert(cast(Table, CouponCount.__table__))
        new = statement.excluded
        raised = {"n": CouponCount.n + new.n, "cap": new.cap}
        keys = ["brand_id", "batch_id", "scope", "who_index", "period"]
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=raised), rows)

    def _rows(self) -> Iterator[dict[str, object]]:
        brand_id = db.current_brand_id()
        for place in sorted(self.more):
            batch_id, scope, who, period = place
            yield {
                "brand_id": brand_id,
                "batch_id": batch_id,
                "scope": scope,
                "who_index": who,
                "period": period,
                "n": self.more[place],
                "cap": self.caps[place],
            }


def read(limits: Iterable[Limit]) -> Tally:
    """What these counters stand at."""
    places = {limit.place for limit in limits}
    if not places:
        return Tally({})
    count = CouponCount
    place = tuple_(count.batch_id, count.scope, count.who_index, count.period)
    found = session.execute(
        select(count.batch_id, count.scope, count.who_index, count.period, count.n).where(
            place.in_(sorted(places))
        )
    )
    return Tally({(row[0], str(row[1]), row[2], row[3]): row[4] for row in found})


def phones(member_ids: Sequence[int]) -> dict[int, str]:
    """The keyed hash of each member's phone, where she has one."""
    if not member_ids:
        return {}
    known = select(Member.id, Member.phone_index).where(
        Member.id.in_(member_ids), Member.phone_index.is_not(None)
    )
    return {row.id: row.phone_index or "" for row in session.execute(known)}
