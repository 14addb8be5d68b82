"""What happens within one second of WeChat's: all of it is kept, and a resend changes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.journeys import jobs
from app.members.models import Fan, FanTag
from app.visits.models import Visit
from tests import factories
from tests.sandbox.play import Sandbox
from tests.wechat.conftest import events_of, inbox_rows, know

pytestmark = pytest.mark.flow


@pytest.fixture
def store(brand):
    return factories.make_store(brand.id, account_id=brand.service.id)


@pytest.fixture
def wechat(huike, box: Sandbox, brand) -> Sandbox:
    know(box, brand, f"{huike}/wechat/{brand.service.url_key}/callback")
    return box


def act(wechat: Sandbox, person: dict, what: str, appid: str, **given: object) -> dict:
    body = {"appid": appid, "wait": True, **given}
    return wechat.admin("POST", f"/people/{person['person_id']}/{what}", body)


def resend_changes_nothing(wechat: Sandbox, brand, person: dict) -> None:
    """Twice more, each under a new nonce and another ciphertext."""
    jobs.work()
    before = what_is_known(brand)
    answer = wechat.admin("POST", f"/people/{person['person_id']}/resend", {"times": 2})
    jobs.work()
    assert answer["statuses"] == [200, 200]
    assert what_is_known(brand) == before


def what_is_known(brand) -> tuple:
    with db.transaction(brand.id):
        fans = [(f.openid_index, f.is_following) for f in session.scalars(select(Fan))]
        visits = [(v.fan_id, v.store_id, v.scanned_at) for v in session.scalars(select(Visit))]
        tags = sorted((t.fan_id, t.tag_id) for t in session.scalars(select(FanTag)))
    return fans, visits, tags, [(event.id, event.name) for event in events_of(brand.id)]


def test_a_follow_a_scan_and_a_tap_of_one_second_are_all_kept_and_resends_change_nothing(
    wechat, brand, account, store
):
    lin, scene = wechat.person("lin"), store.code.scene
    act(wechat, lin, "scan", account.appid, scene=scene)
    resend_changes_nothing(wechat, brand, lin)
    at = events_of(brand.id)[0].data["sent_at"]
    for event, key in (("SCAN", scene), ("VIEW", "https://shop.example/")):
        same_second = {"EventKey": key, "CreateTime": at}
        act(wechat, lin, "act", account.appid, event=event, fields=same_second)
        resend_changes_nothing(wechat, brand, lin)

    happened = events_of(brand.id)
    assert [event.name for event in happened] == [
        "wechat.subscribed",
        "wechat.scanned",
        "wechat.menu_clicked",
    ]
    assert {event.data["sent_at"] for event in happened} == {at}
    assert len({event.fan_id for event in happened}) == 1
    assert len(inbox_rows()) == 3


def test_control_a_tap_of_the_next_second_is_another_one(wechat, brand, account):
    lin = wechat.person("lin")
    for at in (1790000000, 1790000001):
        fields = {"EventKey": "https://shop.example/", "CreateTime": at}
        act(wechat, lin, "act", account.appid, event="VIEW", fields=fields)
    jobs.work()

    assert [event.name for event in events_of(brand.id)] == ["wechat.menu_clicked"] * 2


@pytest.mark.parametrize("form", ["xml", "json"])
def test_everything_that_wechat_can_send_is_understood(wechat, huike, brand, account, form):
    know(wechat, brand, f"{huike}/wechat/{account.url_key}/callback", format=form)
    lin = wechat.person("lin")
    known = wechat.admin("GET", "/acts")
    for event in known["events"]:
        act(wechat, lin, "act", account.appid, event=event)
    for message in known["messages"]:
        act(wechat, lin, "act", account.appid, message=message)
    jobs.work()

    assert {row.state for row in inbox_rows()} == {"done"}
    found = events_of(brand.id)
    assert len(found) == len(known["events"]) + len(known["messages"])
    assert [event.data for event in found if event.name == "wechat.other"] == []
