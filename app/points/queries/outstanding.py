"""What all members hold together: usable, pending, and when it lapses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.core.db import session
from app.points.models import NEVER, AccountKind, PointsAccount, PointsLot


@dataclass(frozen=True)
class Outstanding:
    """Points of all members, and how many members wait for some."""

    usable: int  # what is put aside at a till too
    pending: int
    pending_members: int
    owed: int

    @property
    def points(self) -> int:
        """All that may be spent one day."""
        return self.usable + self.pending


def outstanding() -> Outstanding:
    """As of now, what has come due and nobody has touched counted as it stands in the books."""
    has_some = func.count().filter(PointsAccount.balance > 0)
    summed = select(PointsAccount.kind, func.sum(PointsAccount.balance), has_some)
    hers = summed.where(PointsAccount.member_id.is_not(None)).group_by(PointsAccount.kind)
    found = {AccountKind(row[0]): (int(row[1]), int(row[2])) for row in session.execute(hers)}
    none = (0, 0)
    usable = (AccountKind.AVAILABLE, AccountKind.HELD)
    return Outstanding(
        usable=sum(found.get(kind, none)[0] for kind in usable),
        pending=found.get(AccountKind.PENDING, none)[0],
        pending_members=found.get(AccountKind.PENDING, none)[1],
        owed=found.get(AccountKind.OWED, none)[0],
    )


@dataclass(frozen=True)
class Lapsing:
    """What lapses at one moment if nobody spends it."""

    at: datetime
    members: int
    points: int


def lapsing(limit: int = 6) -> list[Lapsing]:
    """The next moments at which points lapse."""
    left = select(
        PointsLot.lapses_at,
        func.count(PointsLot.member_id.distinct()),
        func.sum(PointsLot.remaining),
    ).where(PointsLot.remaining > 0, PointsLot.lapses_at < NEVER)
    soonest = left.group_by(PointsLot.lapses_at).order_by(PointsLot.lapses_at).limit(limit)
    return [Lapsing(row[0], int(row[1]), int(row[2])) for row in session.execute(soonest)]
