"""Children: under fourteen nobody is marketed to (PIPL art. 28 and 31)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from app.core import clock
from app.members.models import Member

GROWN_UP_AT = 14


def born_by(at: datetime) -> date:
    """Whoever was born later than this day is a child at this moment."""
    today = clock.business_day(at)
    try:
        return today.replace(year=today.year - GROWN_UP_AT)
    except ValueError:  # the 29th of February
        return (today - timedelta(days=1)).replace(year=today.year - GROWN_UP_AT)


def is_child(member: Member) -> bool:
    """Whether she has not turned fourteen, as far as her birthday is known."""
    return member.born_on is not None and member.born_on > born_by(clock.now())
