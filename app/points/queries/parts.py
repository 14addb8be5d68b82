"""What the figure on her card is made of, and on which days what she has comes and goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, text

from app.core import clock, db
from app.core.db import session
from app.points.models import NEVER, HoldState, PointsDraw, PointsHold, PointsLot
from app.points.queries.holdings import Balances, Expiring
from app.points.queries.story import SIDES

SPENT = ("hold", "release", "give_back", "spend")
RETURNED = ("claw_back", "return")
EXPIRED = ("expire", "erased")
BY_KIND = f"""
SELECT kind, sum(points) AS points FROM ({SIDES}) AS sides GROUP BY kind HAVING sum(points) <> 0
"""  # noqa: S608 - of our own text


@dataclass(frozen=True)
class Parts:
    """`earned` less all the others is the figure shown. What a return took from points that were
    still pending was never part of it; what a till has put aside counts as spent."""

    earned: int
    spent: int
    returned: int
    expired: int


@dataclass(frozen=True)
class Days:
    """What ripens when, and what of that which she can use lapses when; the first first."""

    ripening: Sequence[Expiring]
    lapsing: Sequence[Expiring]


def parts_of(member_id: int, held: Balances) -> Parts:
    """All her movements by what they were, with those that have come due."""
    asked = {"brand": db.current_brand_id(), "member": member_id}
    moved = {row.kind: int(row.points) for row in session.execute(text(BY_KIND), asked)}
    spent = -_sum(moved, SPENT) - held.due.released
    returned, expired = -_sum(moved, RETURNED), -_sum(moved, EXPIRED) + held.due.lapsed
    return Parts(held.shown + spent + returned + expired, spent, returned, expired)


def _sum(moved: Mapping[str, int], kinds: Sequence[str]) -> int:
    return sum(moved.get(kind, 0) for kind in kinds)


def days_of(member_id: int, held: Balances) -> Days:
    """The days of what she has. What is owed is repaid from the first to lapse."""
    now = clock.now()
    coming: defaultdict[datetime, int] = defaultdict(int)
    going: defaultdict[datetime, int] = defaultdict(int)
    for lot in session.execute(_lots(member_id)):
        is_ripe = lot.ripens_at <= now
        (going if is_ripe else coming)[lot.lapses_at if is_ripe else lot.ripens_at] += lot.remaining
    for draw in session.execute(_let_go(member_id, now)):
        going[draw.lapses_at] += draw.amount
    ripening = [Expiring(coming[at], at) for at in sorted(coming)]
    return Days(ripening, _left(going, held.due.repaid, now))


def _left(going: Mapping[datetime, int], repaid: int, now: datetime) -> list[Expiring]:
    found = []
    for at in sorted(going):
        taken = min(repaid, going[at])
        repaid -= taken
        if going[at] > taken and now < at < NEVER:
            found.append(Expiring(going[at] - taken, at))
    return found


def _lots(member_id: int) -> Select[datetime, datetime, int]:
    return select(PointsLot.lapses_at, PointsLot.ripens_at, PointsLot.remaining).where(
        PointsLot.member_id == member_id, PointsLot.remaining > 0
    )


def _let_go(member_id: int, now: datetime) -> Select[datetime, int]:
    """What tills put aside and never came back for."""
    its_hold = (PointsHold.brand_id == PointsDraw.brand_id) & (
        PointsHold.key == PointsDraw.hold_key
    )
    over = (PointsHold.state == HoldState.HELD) & (PointsHold.until <= now)
    drawn = select(PointsDraw.lapses_at, PointsDraw.amount).join(PointsHold, its_hold)
    return drawn.where(PointsHold.member_id == member_id, over)
