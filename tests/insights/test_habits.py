"""What she comes for and how often, by her own rhythm."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.insights.habits import Rhythm

TODAY = date(2026, 11, 28)


def bought(days: int, every: int, *, last_days_ago: int) -> Rhythm:
    last = TODAY - timedelta(days=last_days_ago)
    return Rhythm(days, last - timedelta(days=every * (days - 1)), last)


@pytest.mark.parametrize(
    ("rhythm", "is_asleep"),
    [
        (bought(10, 24, last_days_ago=52), True),
        (bought(10, 24, last_days_ago=48), True),
        (bought(10, 24, last_days_ago=47), False),
        (bought(3, 100, last_days_ago=120), False),  # she comes seldom: it is not time yet
        (bought(1, 0, last_days_ago=89), False),
        (bought(1, 0, last_days_ago=90), True),
        (bought(2, 7, last_days_ago=30), False),  # one gap is no rhythm
    ],
)
def test_she_sleeps_when_two_cycles_of_her_own_have_passed(rhythm, is_asleep):
    assert rhythm.is_asleep(TODAY) is is_asleep


def test_a_cycle_needs_three_days():
    assert bought(2, 7, last_days_ago=1).cycle is None
    assert bought(4, 7, last_days_ago=1).cycle == 7
