"""打电话, 发消息 from the sheet: through the system, never by her number; else it says why not."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, codes, db, events
from app.core.db import session
from app.core.events import Event
from app.members import queries as members
from app.members.models import Member
from app.tasks.models import MessageState, TaskMessage
from tests import factories
from tests.guides.conftest import join, scan
from tests.tasks.conftest import later, noon  # noqa: F401 - a fixture
from tests.wechat.conftest import know

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def lin(house) -> int:
    """A member of Wei's store."""
    member = join(house, scan(house).fan_id, name="周女士")
    with db.transaction(house.brand.id):
        db.get(Member, member.id).main_store_id = house.jingan.id
    return member.id


@pytest.fixture
def heard(house, wechat_box):
    """She follows over the real wire and has written to the account; answers person and member."""
    wechat_box.admin("POST", "/reset")
    know(wechat_box, house.brand, "http://127.0.0.1:9/")
    person, account = wechat_box.person("lin"), house.brand.service
    wechat_box.act(person, "follow", appid=account.appid, wait=False)
    fan = factories.make_fan(house.brand.id, account.id, person["openids"][account.appid])
    member = factories.make_member(house.brand.id, fan.id, "13800001234")
    with db.transaction(house.brand.id):
        db.get(Member, member.id).main_store_id = house.jingan.id
        say(fan.id)
    wechat_box.act(person, "message", appid=account.appid, text="在吗", wait=False)
    return person, member.id


def say(fan_id: int, ago: timedelta = timedelta()) -> None:
    """What we hear of her message; never its words."""
    at = clock.now() - ago
    events.record("wechat.message_received", fan_id=fan_id, at=at, kind="text")


def send(phone, member_id: int, text: str, key: str | None = None):
    path = f"/guide/members/{member_id}/message"
    return phone.post(path, text=text, key=key or codes.code())


def told(wechat_box, person) -> list[str]:
    found = [message["content"] for message in wechat_box.messages(person)]
    return [content["content"] for content in found if "content" in content]


def test_four_acts_stand_on_the_sheet_and_each_that_is_off_says_why(house, wei, lin):
    page = wei.page(f"/guide/members/{lin}")

    row = page.split('class="reach"')[1].split("</nav>")[0]
    assert re.findall(r"</svg>(\w+)<", row) == ["打电话", "发消息", "看话术", "送券"]
    assert row.count('class="is-off"') == 2
    assert "发消息：她 48 小时内没给服务号发过消息" in page
    assert "打电话：" in page


def test_a_message_reaches_her_once_however_often_the_button_is_tapped(wei, heard, wechat_box):
    person, member_id = heard
    assert f"/guide/members/{member_id}/message" in wei.page(f"/guide/members/{member_id}")

    answers = [send(wei, member_id, "到货了", "the-key-of-one-tap") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert told(wechat_box, person) == ["到货了"]
    page = wei.page(f"/guide/members/{member_id}/message")
    assert "消息发到了微信" in page
    assert "导购给她发消息" in wei.page(f"/guide/members/{member_id}")


def test_it_stands_on_her_timeline_by_who_wrote_and_not_by_what(house, wei, heard):
    _, member_id = heard
    send(wei, member_id, "这几个字不留")

    with db.transaction(house.brand.id):
        row = session.scalars(select(Event).filter_by(name="member.messaged")).one()
        message = session.scalars(select(TaskMessage)).one()
    assert row.data == {"staff_id": house.wei.id}
    assert (message.task_id, message.state) == (None, MessageState.SENT)


def test_three_without_an_answer_are_enough(house, wei, heard, wechat_box):
    person, member_id = heard
    for number in range(3):
        assert send(wei, member_id, f"第 {number} 条").status_code == 303

    refused = send(wei, member_id, "再来一条")
    assert refused.status_code == 409
    page = refused.get_data(as_text=True)
    assert "已经发了 3 条，等她回了再说" in page
    assert "再来一条</textarea>" in page
    later(minutes=1)
    with db.transaction(house.brand.id):
        fan_id = members.fan_ids_of(member_id)[0]
        say(fan_id)
    wechat_box.act(person, "message", appid=house.brand.service.appid, text="好", wait=False)
    later(minutes=1)

    assert send(wei, member_id, "好的").status_code == 303
    assert told(wechat_box, person) == ["第 0 条", "第 1 条", "第 2 条", "好的"]


@pytest.mark.parametrize("text", ["", "   ", "{称呼}，到货了", "字" * 601])
def test_what_cannot_be_sent_is_refused_at_its_place(wei, heard, wechat_box, text):
    person, member_id = heard

    answer = send(wei, member_id, text)

    assert answer.status_code == 422
    assert told(wechat_box, person) == []


def test_after_two_days_the_way_is_closed(house, wei, lin):
    with db.transaction(house.brand.id):
        say(members.fan_ids_of(lin)[0], timedelta(hours=48))

    answer = send(wei, lin, "到货了")

    assert answer.status_code == 409
    assert "48 小时内没给服务号发过消息" in answer.get_data(as_text=True)
    with db.transaction(house.brand.id):
        assert session.scalars(select(TaskMessage)).all() == []


@pytest.mark.parametrize("path", ["message", "call"])
def test_a_guide_elsewhere_reaches_nobody_here(bo, lin, path):
    answers = [
        bo.get(f"/guide/members/{lin}/{path}"),
        bo.post(f"/guide/members/{lin}/{path}", text="到货了", key=codes.code()),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]


def test_the_call_page_says_what_will_happen_or_why_it_cannot(house, wei, lin):
    page = wei.page(f"/guide/members/{lin}/call")

    assert "138****5678" in page
    assert "13800005678" not in page
    refused = wei.post(f"/guide/members/{lin}/call", key=codes.code())
    assert refused.status_code == 409
