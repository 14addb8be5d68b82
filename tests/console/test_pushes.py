"""推送: a reach that is recounted, a schedule that is checked, a result that adds up."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.members import service as members
from app.pushes import queries
from app.pushes import service as pushes
from app.pushes.models import Delivery, DeliveryState, PushState, SkipReason
from app.staff.models import Role
from tests import factories
from tests.console.conftest import number

FILLED = {
    "name": "会员日",
    "text": "护肤满 199 减 30",
    "holdout": "10",
    "repeat": "monthly",
    "day": "8",
    "time": "10:00",
}


@pytest.fixture
def skincare(house):
    """Twenty who follow and carry the tag, one who carries it and has left; answers the tag."""
    for place in range(21):
        fan = factories.make_fan(house.brand.id, house.brand.service.id, f"o-{place}")
        with db.transaction(house.brand.id):
            members.tag_fans([fan.id], "购买", "护肤", "rule")
            if place == 20:
                members.unfollow(house.brand.service.id, "o-20", clock.now())
    with db.transaction(house.brand.id):
        return str(members.tag("购买", "护肤"))


def reach(page: str) -> tuple[int, int, int, list[int]]:
    """Selected, will, won't, and the reasons of those who won't."""
    sums = {name: number(n) for name, n in re.findall(r'data-reach="(\w+)">([\d,]+)<', page)}
    parts = [number(n) for n in re.findall(r"data-reach-part>([\d,]+)<", page)]
    return sums["selected"], sums["will"], sums["wont"], parts


def newest(house):
    with db.transaction(house.brand.id):
        return queries.list_pushes()[0]


def runs_of(house, push_id: int):
    with db.transaction(house.brand.id):
        return queries.runs_of(push_id)


def frozen_run(house, push_id: int):
    """The push's time has come and its people are frozen."""
    pushes.plan_due(clock.now() + timedelta(days=40))
    run = runs_of(house, push_id)[0]
    with db.transaction(house.brand.id):
        pushes.freeze(run.id)
    return run


def test_the_reach_is_recounted_and_the_button_carries_the_count(house, mei, skincare):
    page = mei.post("/pushes/reach", tag=skincare, **FILLED).get_data(as_text=True)

    selected, will, wont, reasons = reach(page)
    assert (selected, will, wont) == (21, 18, 3)
    assert sum(reasons) == wont
    assert "定时（18 人）" in page


def test_without_a_tag_nobody_is_counted(house, mei):
    page = mei.post("/pushes/reach", **FILLED).get_data(as_text=True)

    assert "先选一个标签" in page
    assert "人）" not in page


def test_a_draft_may_be_half_empty_and_comes_back_as_it_was_left(house, mei):
    response = mei.post("/pushes", act="save", name="会员日", text="", holdout="7.5")

    push = newest(house)
    assert response.location == f"/console/pushes/{push.id}/edit"
    assert push.state == PushState.DRAFT
    assert push.created_by_id == house.mei.id
    assert 'value="7.5"' in mei.page(f"/pushes/{push.id}/edit")


def test_scheduling_says_when_it_will_run(house, mei, skincare):
    response = mei.post("/pushes", act="schedule", tag=skincare, **FILLED)

    push = newest(house)
    assert push.state == PushState.SCHEDULED
    page = mei.client.get(response.location).get_data(as_text=True)
    assert "每月 8 日 10:00" in page
    assert "已定时" in page
    assert "还没有发过" in page


def test_what_is_missing_is_said_at_its_field_and_the_draft_is_kept(house, mei):
    response = mei.post("/pushes", act="schedule", name="会员日", repeat="monthly", day="8")

    page = response.get_data(as_text=True)
    push = newest(house)
    assert response.status_code == 422
    assert push.state == PushState.DRAFT
    assert 'id="wrong-tag"' in page
    assert 'id="wrong-text"' in page
    assert f'action="/console/pushes/{push.id}"' in page


@pytest.mark.parametrize(
    ("field", "value"), [("holdout", "60"), ("holdout", "viele"), ("day", "32"), ("time", "25:00")]
)
def test_a_field_that_makes_no_sense_keeps_what_was_typed(house, mei, skincare, field, value):
    given = FILLED | {"tag": skincare, field: value}

    response = mei.post("/pushes", act="schedule", **given)

    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert f'id="wrong-{field}"' in page
    assert f'value="{value}"' in page
    with db.transaction(house.brand.id):
        assert queries.list_pushes() == []


def test_a_single_push_runs_at_the_brands_own_time(house, mei, skincare):
    tomorrow = clock.business_day(clock.now()) + timedelta(days=1)
    given = FILLED | {"repeat": "once", "date": tomorrow.isoformat(), "tag": skincare}

    mei.post("/pushes", act="schedule", **given)

    once = clock.local(newest(house).once_at)
    assert (once.date(), f"{once:%H:%M}") == (tomorrow, "10:00")


def test_the_result_adds_up_to_the_selected(house, mei, skincare):
    mei.post("/pushes", act="schedule", tag=skincare, **FILLED)
    push = newest(house)
    run = frozen_run(house, push.id)
    with db.transaction(house.brand.id):
        to_send = [row for row in _deliveries(run) if row.state == DeliveryState.PLANNED]
        for row, state in zip(to_send, ["sent"] * 15 + ["refused", "unknown"], strict=False):
            row.state = DeliveryState(state)

    page = mei.page(f"/pushes/{push.id}")

    parts = [number(n) for n in re.findall(r"data-part>([\d,]+)<", page)]
    assert parts == [15, 1, 1, 3, 1]
    assert number(re.search(r'data-sum="selected">([\d,]+)<', page)[1]) == sum(parts) == 21
    assert "没有关注 1 + 对照组 2" in page
    assert "1 人没等到微信的答复" in page
    assert "1 条投递结果未知" in mei.page("/")


def _deliveries(run):
    return session.scalars(
        select(Delivery).filter_by(run_id=run.id).order_by(Delivery.fan_id)
    ).all()


def test_the_list_shows_each_push_with_its_last_run(house, mei, skincare):
    assert "还没有推送" in mei.page("/pushes")
    mei.post("/pushes", act="schedule", tag=skincare, **FILLED)
    push = newest(house)
    assert "还没发过" in mei.page("/pushes")

    run = frozen_run(house, push.id)

    page = mei.page("/pushes")
    assert f'href="/console/pushes/{push.id}?run={run.id}"' in page
    assert "发送中" in page
    assert re.findall(r'<td class="end">([\d,]+)</td>', page) == ["21", "0", "21"]


def test_a_run_that_sends_can_be_stopped_and_says_who_was_left_out(house, mei, skincare):
    mei.post("/pushes", act="schedule", tag=skincare, **FILLED)
    push = newest(house)
    run = frozen_run(house, push.id)
    assert "停止" in mei.page(f"/pushes/{push.id}")

    mei.post(f"/pushes/{push.id}/stop")

    with db.transaction(house.brand.id):
        assert queries.run_report(run.id).skipped[SkipReason.STOPPED] == 18
    assert "中途停止 18" in mei.page(f"/pushes/{push.id}")


def test_a_scheduled_push_is_paused_before_it_is_changed(house, mei, skincare):
    mei.post("/pushes", act="schedule", tag=skincare, **FILLED)
    push = newest(house)
    assert mei.get(f"/pushes/{push.id}/edit").location == f"/console/pushes/{push.id}"

    mei.post(f"/pushes/{push.id}/stop")

    assert newest(house).state == PushState.PAUSED
    assert mei.get(f"/pushes/{push.id}/edit").status_code == 200


def test_a_copy_begins_with_the_others_content_and_changes_nothing_of_it(house, mei, skincare):
    mei.post("/pushes", act="schedule", tag=skincare, **FILLED)
    push = newest(house)

    page = mei.page(f"/pushes/new?like={push.id}")

    assert "会员日 副本" in page
    assert FILLED["text"] in page
    assert newest(house).id == push.id


def test_a_manager_has_no_pushes(house, lan):
    for path in ("/pushes", "/pushes/new"):
        assert lan.get(path).status_code == 403


def test_a_push_of_another_brand_does_not_exist_here(house, mei, skincare):
    mei.post("/pushes", act="schedule", tag=skincare, **FILLED)
    push = newest(house)
    other = factories.make_brand("other", "别家")
    factories.make_staff(other.id, "yu", factories.Role.ADMIN, name="于")

    mei.client.set_cookie("huike_console", factories.sign_in("yu@other", factories.Face.CONSOLE))

    assert mei.get(f"/pushes/{push.id}").status_code == 404


def test_the_result_is_not_sent_again_until_it_moves(house, mei, skincare):
    mei.post("/pushes", act="schedule", tag=skincare, **FILLED)
    push = newest(house)
    run = frozen_run(house, push.id)
    seen = re.search(r'name="seen" value="(\w+)"', mei.page(f"/pushes/{push.id}"))[1]
    live = f"/pushes/{push.id}/result?run={run.id}&seen={seen}"
    assert mei.get(live).status_code == 204

    mei.post(f"/pushes/{push.id}/stop")

    assert mei.get(live).status_code == 200


@pytest.fixture
def xu(house, desk_of):
    """A colleague of Mei's at headquarters."""
    factories.make_staff(house.brand.id, "xu", Role.MARKETER, name="许")
    return desk_of("xu")


def seen_on(page: str) -> str:
    return re.search(r'name="seen" value="([^"]+)"', page)[1]


def test_a_big_push_waits_for_a_colleague_who_sees_what_it_says(house, mei, xu, skincare):
    mei.post("/people/push-limit", people="20")
    shown = mei.post("/pushes", act="schedule", tag=skincare, **FILLED).location
    path = shown.removeprefix("/console")
    push = newest(house)
    assert push.state == PushState.WAITING
    assert "等另一个人批准" in mei.page(path)
    assert "批准…" not in mei.page(path), "not by herself"
    assert "推送「会员日」等批准" in xu.page("/")

    page = xu.page(path)
    assert "护肤满 199 减 30" in page
    assert "批准，发给 21 人" in page
    own = mei.post(f"/pushes/{push.id}/approve", seen=seen_on(page))
    assert own.status_code == 403
    assert newest(house).state == PushState.WAITING

    xu.post(f"/pushes/{push.id}/approve", seen=seen_on(page))
    assert newest(house).state == PushState.SCHEDULED
    assert "批准推送" in mei.page("/audit")


def test_an_approval_of_what_was_changed_meanwhile_is_refused(house, mei, xu, skincare):
    mei.post("/people/push-limit", people="20")
    mei.post("/pushes", act="schedule", tag=skincare, **FILLED)
    push = newest(house)

    assert xu.post(f"/pushes/{push.id}/approve", seen="yesterday").status_code == 409
    assert xu.post(f"/pushes/{push.id}/approve").status_code == 409
    assert newest(house).state == PushState.WAITING


@pytest.mark.parametrize("people", ["many", "-1", "1.5", "9" * 9, "１０"])
def test_a_limit_is_a_number(house, mei, people):
    mei.post("/people/push-limit", people="20")
    mei.post("/people/push-limit", people=people)

    assert 'value="20"' in mei.page("/people")
