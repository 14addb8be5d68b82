"""体检: the list in working order; one filled button; only an administrator's business."""

from __future__ import annotations

import re

import pytest

from app.staff.models import Role
from tests import factories


@pytest.fixture
def marketer(desk_of, house):
    factories.make_staff(house.brand.id, "jun", Role.MARKETER, name="军")
    return desk_of("jun")


def lines(page: str) -> dict[str, str]:
    """Each step's title and its state."""
    found = re.findall(r'<li id="step-\d+" class="is-([a-z-]+)".*?exam-title">([^<]+)<', page, re.S)
    return {title: state for state, title in found}


def test_before_it_begins_every_step_is_to_come(mei, house):
    page = mei.page("/doctor")

    states = lines(page)
    assert set(states.values()) == {"to-come"}
    assert list(states)[:2] == ["设置", "数据库"]
    assert f"令牌与 IP 白名单 · 服务号 {house.brand.service.name}" in states
    assert "还没查" in page


def test_the_whole_examination_names_what_to_repair_first(mei):
    page = mei.post("/doctor").get_data(as_text=True)

    states = lines(page)
    assert states["数据库"] == "ok"
    assert states["timekeeper"] == "failed"  # none runs here
    assert "先修这一项" in page
    assert re.search(r"\d+ 项 = 好 \d+ \+ 坏 \d+ \+ 在等 \d+", page)


def test_good_bad_and_waiting_add_up_to_all_steps(mei):
    page = mei.post("/doctor").get_data(as_text=True)

    whole, *parts = map(
        int, re.search(r"(\d+) 项 = 好 (\d+) \+ 坏 (\d+) \+ 在等 (\d+)", page).groups()
    )
    assert whole == sum(parts) == len(lines(page))


def test_each_step_asks_for_the_next_one(mei):
    first = mei.post("/doctor/steps").get_data(as_text=True)
    assert lines(first)["设置"] == "asking"
    assert 'hx-post="/console/doctor/steps/0"' in first

    second = mei.post("/doctor/steps/0", failed="", waiting="").get_data(as_text=True)
    assert lines(second) == {"设置": "ok", "数据库": "asking"}
    assert 'hx-post="/console/doctor/steps/1"' in second


def test_a_step_whose_ground_failed_waits(mei):
    answer = mei.post("/doctor/steps/3", failed="database", waiting="").get_data(as_text=True)

    assert lines(answer)["数据库版本"] == "skipped"
    assert "等上一步：数据库" in answer


def test_it_is_not_a_marketers_business(marketer):
    assert marketer.get("/doctor").status_code == 403
    assert marketer.post("/doctor/steps/0").status_code == 403
    assert "体检" not in marketer.page("/")


def test_a_step_that_does_not_exist_is_not_found(mei):
    assert mei.post("/doctor/steps/999").status_code == 404
