"""PK on her phone: her place, whom to catch up with, and nobody put to shame."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.contests import service
from app.core import clock
from app.tasks import queries as tasks
from tests.console.test_guides import fill
from tests.contests.test_contests import act, make, mei  # noqa: F401 - fixture


def closing(contest_id: int, actor):
    return service.close(contest_id, actor, tasks.given)


@pytest.fixture
def running(house, mei):  # noqa: F811
    fill(house)
    contest_id = make(house, mei)
    act(house, service.start, contest_id, mei)
    return contest_id


def test_her_own_place_comes_first_then_the_rule(wei, running):
    page = wei.page("/guide/contests")

    assert "第 1 名" in page
    assert "¥420.00 ÷ 22 次机会" in page
    assert "封榜以后的退货不再改结果" in page
    assert "还剩 1 天" in page


def test_who_has_too_few_chances_is_told_so_and_the_leader_sees_her_name_without_figures(
    wei, bo, running
):
    assert "机会不到 20 次，先不排名" in bo.page("/guide/contests")
    leaders = wei.page("/guide/contests")
    assert "还有 小薄，不排名次" in leaders
    assert "¥77.00" not in leaders


def test_a_closed_one_says_that_it_stays(wei, house, mei, running):  # noqa: F811
    clock.move(timedelta(days=1, hours=1))
    act(house, closing, running, mei)

    clock.move(timedelta())
    assert "已封榜。封榜以后的退货不再改结果。" in wei.page("/guide/contests")


def test_without_one_the_page_says_how_it_comes(wei):
    assert "你还没有参加 PK" in wei.page("/guide/contests")
