"""PK in the console: a draft, a start, a result."""

from __future__ import annotations

from datetime import timedelta

from app.core import clock
from tests import factories
from tests.console.test_guides import fill


def sent(house, **given) -> dict[str, str]:
    today = clock.business_day(clock.now()).isoformat()
    form = {"name": "十一月之星", "metric": "sales", "first": today, "last": today}
    return form | {"player": [house.wei.id, house.bo.id]} | given


def test_a_contest_is_made_started_and_closed_and_says_that_it_stays(mei, house, desk_of):
    fill(house)
    where = mei.post("/contests", **sent(house)).headers["Location"].removeprefix("/console")

    assert "开始，2 人参加" in mei.page(where)
    mei.post(f"{where}/start")
    assert "¥19.09" in mei.page(where)
    assert mei.post(f"{where}/close").status_code == 409

    clock.move(timedelta(days=1, hours=1))
    late = desk_of("mei")
    late.post(f"{where}/close")
    assert "业绩按默认规则分；之后的退货不再改结果" in late.page(where)


def test_what_is_missing_is_said_and_what_was_typed_stays(mei, house):
    answer = mei.post("/contests", **sent(house, player=[house.wei.id], prize="一天假"))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "至少两位本店导购" in page
    assert 'value="一天假"' in page


def test_many_guides_are_folded_by_store_and_who_was_chosen_stays_in_sight(mei, house):
    for number in range(12):
        login = f"g{number}"
        factories.make_staff(house.brand.id, login, name=login, store_ids=[house.hubin.id])

    fresh = mei.page("/contests")
    again = mei.post("/contests", **sent(house, player=[house.wei.id])).get_data(as_text=True)

    assert '<summary>湖滨店 <span class="count num">13 人</span></summary>' in fresh
    assert fresh.count('<details class="gap-top" open>') == 0
    assert '<details class="gap-top" open><summary>静安寺店' in again
    assert '<details class="gap-top"><summary>湖滨店' in again


def test_a_manager_is_offered_her_own_guides_alone(lan, house):
    page = lan.page("/contests")

    assert "小魏" in page
    assert "小薄" not in page
    assert lan.post("/contests", **sent(house)).status_code == 422
