"""A message from a task over the real wire: it reaches her once, and never her phone number."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.core import clock, db, events
from app.tasks import jobs
from app.tasks.models import MessageState, TaskMessage
from app.tasks.service import messages
from tests import factories
from tests.tasks.conftest import Store
from tests.wechat.conftest import know


@pytest.fixture
def lin(house, wechat_box) -> SimpleNamespace:
    """She follows the account and has written to it."""
    wechat_box.admin("POST", "/reset")
    know(wechat_box, house.brand, "http://127.0.0.1:9/")
    person, account = wechat_box.person("lin"), house.brand.service
    wechat_box.act(person, "follow", appid=account.appid, wait=False)
    fan = factories.make_fan(house.brand.id, account.id, person["openids"][account.appid])
    member = factories.make_member(house.brand.id, fan.id, "13800001234")
    with db.transaction(house.brand.id):
        events.record("wechat.message_received", fan_id=fan.id, at=clock.now())
    return SimpleNamespace(person=person, id=member.id, box=wechat_box)


def test_it_reaches_her_once_however_often_she_taps(house, lin) -> None:
    store = Store(house)
    store.change(lin.id, main_store_id=house.jingan.id, guide_id=house.wei.id)
    [task] = store.give(lin.id)
    tap = store.tap(task)

    claims = [store.do(messages.claim, task.id, "周女士，新品到了。", tap) for _ in range(3)]
    states = [jobs.send(claim) for claim in claims if claim]

    assert states == [MessageState.SENT]
    told = [message["content"]["content"] for message in lin.box.messages(lin.person)]
    assert told.count("周女士，新品到了。") == 1
    with db.transaction(store.brand_id):
        assert db.get(TaskMessage, claims[0].message_id).state == MessageState.SENT
    with pytest.raises(messages.AlreadyWritten):
        store.do(messages.claim, task.id, "再发一次", store.tap(task))
