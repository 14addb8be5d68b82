from datetime import timedelta

import pytest

from app.console import charts, figures
from app.core import clock
from app.core.figures import share


def test_a_count_has_commas_and_a_true_minus_and_unknown_is_a_dash():
    assert figures.count(12846) == "12,846"
    assert figures.count(-3) == "\N{MINUS SIGN}3"
    assert figures.count(0) == "0"
    assert figures.count(None) == "—"


def test_under_thirty_cases_the_counts_are_shown_not_a_rate():
    assert share(3, 29) == "3 / 29"
    assert share(3, 30) == "10.0%"
    assert share(0, 0) == "—"


@pytest.mark.parametrize("parts", [[1, 1, 1], [9514, 318, 886, 642, 1486], [1, 999], [7]])
def test_the_shares_of_a_whole_sum_to_a_hundred(parts):
    tenths = [round(float(each.rstrip("%")) * 10) for each in figures.shares(parts)]

    assert sum(tenths) == 1000


def test_a_change_against_few_cases_is_said_in_counts():
    assert figures.change(108, 100) == "+8.0%"
    assert figures.change(92, 100) == "\N{MINUS SIGN}8.0%"
    assert figures.change(5, 2) == "+3 次"


def test_a_moment_is_named_by_how_near_it_is():
    now = clock.now()

    assert figures.moment(now).startswith("今天 ")
    assert figures.moment(now - timedelta(days=1)).startswith("昨天 ")
    assert "年" in figures.moment(now - timedelta(days=400))
    assert figures.moment(None) == "—"


def test_parts_lie_side_by_side_and_fill_the_bar():
    laid = charts.parts([("c1", "发出", 90), ("c0", "对照组", 10)])

    assert [(part.start, part.width) for part in laid] == [
        ("0.00%", "90.00%"),
        ("90.00%", "10.00%"),
    ]


def test_nothing_selected_draws_nothing():
    assert charts.parts([("c1", "发出", 0)])[0].width == "0.00%"


def test_the_hours_show_every_scan_even_outside_opening_hours():
    drawn = charts.hours({7: 2, 10: 30}, {22: 5}, current_hour=10)

    assert [bar.hour for bar in drawn.bars] == list(range(7, 23))
    assert sum(bar.count for bar in drawn.bars) == 32
    assert sum(bar.before for bar in drawn.bars) == 5
    assert drawn.ticks[-1][0] >= 30


def test_the_current_hour_is_drawn_as_unfinished():
    drawn = charts.hours({9: 1, 10: 1}, {}, current_hour=10)

    finished = {bar.hour: bar.is_finished for bar in drawn.bars}
    assert finished[9]
    assert not finished[10]
