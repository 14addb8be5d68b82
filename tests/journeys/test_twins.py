"""What happens within one second of WeChat's: all of it is kept, and a resend changes nothing."""

from __future__ import annotations

import time
from urllib.parse import urlencode

import pytest
import urllib3
from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.journeys import jobs
from app.members.models import Fan, FanTag
from app.visits.models import Visit
from sandbox import markup
from tests import factories
from tests.sandbox.play import Sandbox
from tests.wechat import letters
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


def within_one_second() -> None:
    """Three acts take some tens of milliseconds: begin at the beginning of a second."""
    time.sleep(1 - time.time() % 1)


def view(huike: str, account, openid: str, at: int) -> int:
    """A tap on a menu's link, sealed and posted as WeChat does, with a nonce of its own."""
    head = {"ToUserName": "gh_demo", "FromUserName": openid, "CreateTime": at, "MsgType": "event"}
    xml = markup.render({**head, "Event": "VIEW", "EventKey": "https://shop.example/"})
    query, body = letters.sealed(xml, account.appid, nonce=str(time.time_ns()))
    address = f"{huike}/wechat/{account.url_key}/callback?{urlencode(query)}"
    return urllib3.request("POST", address, body=body.encode()).status


def what_is_known(brand) -> tuple:
    with db.transaction(brand.id):
        fans = [(f.openid, f.is_following) for f in session.scalars(select(Fan))]
        visits = [(v.fan_id, v.store_id, v.scanned_at) for v in session.scalars(select(Visit))]
        tags = sorted((t.fan_id, t.tag_id) for t in session.scalars(select(FanTag)))
    return fans, visits, tags, [(event.id, event.name) for event in events_of(brand.id)]


def test_a_follow_a_scan_and_a_tap_of_one_second_are_all_kept_and_resends_change_nothing(
    wechat, huike, brand, account, store
):
    lin = wechat.person("lin")
    openid, scene = lin["openids"][account.appid], store.code.scene

    within_one_second()
    act(wechat, lin, "scan", account.appid, scene=scene)
    wechat.admin("POST", f"/people/{lin['person_id']}/resend", {"times": 2})
    act(wechat, lin, "scan", account.appid, scene=scene)
    wechat.admin("POST", f"/people/{lin['person_id']}/resend", {"times": 2})
    jobs.work()
    at = events_of(brand.id)[0].data["sent_at"]
    assert view(huike, account, openid, at) == 200
    jobs.work()

    happened = [event for event in events_of(brand.id) if event.name.startswith("wechat.")]
    assert [event.name for event in happened] == [
        "wechat.subscribed",
        "wechat.scanned",
        "wechat.menu_clicked",
    ]
    assert {event.data["sent_at"] for event in happened} == {at}
    assert len({event.fan_id for event in happened}) == 1
    before = what_is_known(brand)

    wechat.admin("POST", f"/people/{lin['person_id']}/resend", {"times": 3})
    assert view(huike, account, openid, at) == 200
    jobs.work()

    assert what_is_known(brand) == before
    assert len(inbox_rows()) == 3


def test_control_a_tap_of_the_next_second_is_another_one(wechat, huike, brand, account):
    openid = wechat.person("lin")["openids"][account.appid]

    assert view(huike, account, openid, 1790000000) == 200
    assert view(huike, account, openid, 1790000001) == 200
    jobs.work()

    assert [event.name for event in events_of(brand.id)] == ["wechat.menu_clicked"] * 2
