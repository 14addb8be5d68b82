"""代班 at the desk: planned, seen by the guides, ended earlier."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock, db
from app.owners import service as owners
from app.owners.models import Why
from app.owners.service import Handing
from tests import factories


@pytest.fixture
def an(house):
    return factories.make_staff(house.brand.id, "an", name="小安", store_ids=[house.jingan.id])


def plan(desk, house, stands_in, *, last: int = 3):
    today = clock.business_day(clock.now())
    return desk.post(
        "/owners/covers",
        who=f"{house.wei.id}:{house.jingan.id}",
        cover=stands_in.id if stands_in else "",
        **{"from": today.isoformat(), "until": (today + timedelta(days=last)).isoformat()},
    )


def phone(built_app, login: str):
    client = built_app.test_client()
    client.set_cookie("huike_guide", factories.sign_in(login))
    return lambda path: client.get(f"/guide{path}").get_data(as_text=True)


def test_planned_it_stands_in_the_list_and_on_the_board(mei, house, an, built_app) -> None:
    assert "没有人休假" in mei.page("/owners/covers")

    assert plan(mei, house, an).status_code == 303

    page = mei.page("/owners/covers")
    assert "安排好了：小魏休假，小安代班" in page
    assert "代班中" in page
    assert "小魏休假，小安代班" in phone(built_app, "an")("/board")
    assert "休假" not in phone(built_app, "bo")("/board")


def test_her_members_sheet_says_who_stands_in(mei, house, an, built_app) -> None:
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    lin = factories.make_member(house.brand.id, fan.id)
    with db.transaction(house.brand.id):
        owners.give([Handing(lin.id, house.wei.id, house.jingan.id, Why.TRANSFER)])
        db.get(type(lin), lin.id).main_store_id = house.jingan.id
    plan(mei, house, None)

    assert "小魏休假，店里一起代班" in phone(built_app, "an")(f"/members/{lin.id}")


def test_ended_earlier_it_is_gone(mei, house, an, built_app) -> None:
    plan(mei, house, an)
    page = mei.page("/owners/covers")
    cover_id = page.split("/owners/covers/")[1].split("/end")[0]

    mei.post(f"/owners/covers/{cover_id}/end")

    assert "没有人休假" in mei.page("/owners/covers")
    assert "休假" not in phone(built_app, "an")("/board")
    assert mei.post(f"/owners/covers/{cover_id}/end").status_code == 404


def test_a_refusal_says_what_to_do(mei, house, an) -> None:
    answer = plan(mei, house, house.bo)
    assert answer.status_code == 409
    assert "代班的人不在这家店" in answer.get_data(as_text=True)

    assert plan(mei, house, an, last=-1).status_code == 422
