"""A guide's 联系我: made once, whatever stops half-way; on her phone with her name; counted."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
import zxingcpp
from playwright.sync_api import sync_playwright
from sqlalchemy import select, update

from app.core import clock, db
from app.core.db import session
from app.staff.models import Face, StaffBinding, Way
from app.staff.service import bindings
from app.stores import contact_ways, queries
from app.stores.models import CodePurpose, ContactWay, QrCode
from app.wechat import contacts
from app.wechat.errors import NoAnswer
from tests import factories, ground
from tests.guides.conftest import Phone
from tests.guides.processes import environment
from tests.guides.test_codes import _seen
from tests.journeys import wecom
from tests.journeys.wecom import WEI, Wecom
from tests.sandbox.play import eventually
from tests.wechat.conftest import huike

__all__ = ["huike"]
pytestmark = pytest.mark.flow
ADD = "/cgi-bin/externalcontact/add_contact_way"


@pytest.fixture
def shop(wechat_box, house, huike) -> Wecom:
    yield wecom.open_shop(wechat_box, house, huike)
    clock.move(timedelta())


@pytest.fixture
def wei(shop, built_app) -> Phone:
    return Phone(built_app.test_client(), "wei")


def tap(phone: Phone):
    return phone.post("/guide/codes", purpose="friend")


def wanted(shop: Wecom) -> contact_ways.Asked:
    return contact_ways.Asked(shop.code.id, shop.code.scene, "静安寺店", WEI)


def hers(shop: Wecom) -> list[QrCode]:
    with db.transaction(shop.brand_id):
        friend = select(QrCode).filter_by(purpose=CodePurpose.FRIEND, staff_id=shop.house.wei.id)
        return list(session.scalars(friend))


def test_she_makes_hers_and_its_state_is_her_scene(shop, wei):
    assert tap(wei).status_code == 303
    assert tap(wei).status_code == 303, "twice is once"

    (way,), (code,) = shop.ways(), hers(shop)
    assert (way["state"], way["user"], way["remark"]) == (code.scene, [WEI], "静安寺店")
    assert len(way["state"]) <= 30
    assert code.ticket == way["config_id"]


@pytest.mark.browser
def test_the_picture_that_wecom_drew_is_on_her_phone_and_poster(shop, wei):
    tap(wei)
    (code,) = hers(shop)

    page = wei.page("/guide/me/posters")
    poster = wei.get(f"/guide/codes/{code.id}/poster.svg")

    assert "企业微信码" in page
    assert "30 天加好友 0" in page
    assert "扫了加你的企业微信" not in page, "she has it"
    assert "小魏" in poster.get_data(as_text=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        (read,) = zxingcpp.read_barcodes(_seen(browser, poster.data))
        browser.close()
    assert read.text == f"https://work.weixin.qq.com/ca/{code.ticket}"


def test_what_came_by_it_is_counted_as_for_other_codes(shop, wei):
    tap(wei)
    shop.adds("lin")
    shop.work()

    assert "30 天加好友 1" in wei.page("/guide/me/posters")


def test_whose_userid_is_not_known_is_told_what_to_do(shop, built_app):
    bo = Phone(built_app.test_client(), "bo")

    refused = tap(bo)

    assert refused.status_code == 409
    assert "绑定企业微信" in refused.get_data(as_text=True)
    assert shop.ways() == []


def test_where_the_brand_does_not_hear_its_corp_there_is_no_such_code(house, built_app):
    phone = Phone(built_app.test_client(), "wei")

    assert "企业微信码" not in phone.page("/guide/me/posters")
    assert tap(phone).status_code in (404, 409)


def test_a_userid_is_kept_only_where_it_is_of_use(shop, house):
    """Whoever was bound before the brand made 联系我 gives it with the next sign-in."""
    with db.transaction(shop.brand_id):
        assert bindings.userid_of(house.wei.id) == WEI
        session.execute(update(StaffBinding).values(name_encrypted=None))
        assert bindings.userid_of(house.wei.id) is None
        bindings.keep_userid(house.wei.id, Way.WECHAT, "o-wei")
        assert bindings.userid_of(house.wei.id) is None
        bindings.keep_userid(house.wei.id, Way.WECOM, WEI)
        assert bindings.userid_of(house.wei.id) == WEI
        bindings.unbind(house.wei.id, Way.WECOM)
        assert bindings.userid_of(house.wei.id) is None


def test_wecom_says_no_and_she_may_try_again_at_once(shop, wei):
    shop.box.fault(ADD, "errcode", errcode=48002)

    late = tap(wei)
    assert late.location.endswith("late=1")
    tap(wei)

    assert len(shop.ways()) == 1


def test_an_answer_that_got_lost_is_looked_for_and_not_asked_for_again(shop):
    shop.box.fault(ADD, "lose_response")
    with pytest.raises(NoAnswer):
        contact_ways.fetch(shop.brand_id, wanted(shop))
    with pytest.raises(contact_ways.BeingMade):
        contact_ways.fetch(shop.brand_id, wanted(shop))

    clock.move(timedelta(seconds=61))
    contact_ways.fetch(shop.brand_id, wanted(shop))

    (way,), (code,) = shop.ways(), hers(shop)
    assert (code.ticket, code.url) == (way["config_id"], way["qr_code"])


def test_a_picture_that_did_not_come_costs_no_second_way(shop):
    contact_ways._begin(shop.brand_id, wanted(shop))
    way = contact_ways._make(shop.brand_id, wanted(shop))
    contact_ways._keep_id(shop.brand_id, wanted(shop), way)  # and here it stopped

    clock.move(timedelta(seconds=61))
    contact_ways.fetch(shop.brand_id, wanted(shop))

    assert len(shop.ways()) == 1
    with db.transaction(shop.brand_id):
        assert contact_ways.picture_of(shop.code.id)[1] == "image/png"


def test_a_process_that_is_killed_in_the_call_costs_no_second_way(shop, own_database):
    kill_in_the_call(shop, own_database)

    clock.move(timedelta(seconds=61))
    contact_ways.fetch(shop.brand_id, wanted(shop))

    assert len(shop.ways()) == 1
    assert hers(shop)[0].ticket == shop.ways()[0]["config_id"]


def test_who_forgets_the_try_makes_a_second_way(shop, own_database):
    """The negative control: without the mark of the try nobody looks."""
    kill_in_the_call(shop, own_database)
    with db.transaction(shop.brand_id):
        session.execute(update(ContactWay).values(tried_at=None))

    contact_ways.fetch(shop.brand_id, wanted(shop))

    assert len(shop.ways()) == 2


KILLED = """
from app.core.settings import Settings
from app.process import start_process
from app.stores import contact_ways
start_process(Settings.from_env())
contact_ways.fetch({brand}, contact_ways.Asked({code}, {scene!r}, "静安寺店", {userid!r}))
"""


def kill_in_the_call(shop: Wecom, settings) -> None:
    """A process asks WeCom, which makes the way and is slow to say so; then it is no more."""
    shop.box.fault(ADD, "delay", seconds=4)
    told = {"brand": shop.brand_id, "code": shop.code.id}
    told |= {"scene": shop.code.scene, "userid": WEI}
    given = environment(settings, "http://127.0.0.1:1")
    given |= {"WECHAT_API_BASE_URL": settings.wechat_api_base_url}
    asking = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(**told)], env=given, cwd=ground.ROOT
    )
    eventually(lambda: shop.box.log(kind="api", path=ADD), 30)
    os.kill(asking.pid, signal.SIGKILL)
    assert asking.wait() == -signal.SIGKILL
    assert hers(shop)[0].ticket is None


@pytest.mark.race
def test_eight_at_once_make_one_way(shop):
    ended: list[str] = []

    def ask() -> None:
        try:
            contact_ways.fetch(shop.brand_id, wanted(shop))
            ended.append("made")
        except contact_ways.BeingMade:
            ended.append("waits")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(shop.ways()) == 1
    assert "made" in ended
    assert len(ended) == 8


@pytest.mark.race
def test_eight_at_once_without_their_turn_make_eight(shop):
    """The negative control: WeCom itself knows no key."""
    asked = wanted(shop)
    threads = [
        threading.Thread(target=contact_ways._make, args=(shop.brand_id, asked)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(shop.ways()) == 8


def test_two_taps_at_once_keep_one_code(shop):
    with db.transaction(shop.brand_id):
        again = contact_ways.guides_own(
            shop.brand_id, staff_id=shop.house.wei.id, store_id=shop.house.jingan.id, userid=WEI
        )
    assert again.code_id == shop.code.id
    assert len(hers(shop)) == 1


def test_the_console_shows_wecoms_picture_and_sends_the_guide_to_ask(shop, built_app):
    client, address = built_app.test_client(), f"/console/stores/{shop.house.jingan.id}"
    client.set_cookie("huike_console", factories.sign_in("mei", Face.CONSOLE))
    page = client.get(address).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    asks = client.post(f"{address}/codes/{shop.code.id}/address", data={"csrf_token": token})
    assert asks.status_code == 409
    assert "要导购自己" in asks.get_data(as_text=True)

    contact_ways.fetch(shop.brand_id, wanted(shop))

    assert "data:image/png;base64," in client.get(address).get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://wework.qpic.cn.evil.example/wwpic/1/0",
        "https://wework.qpic.cn@127.0.0.1/wwpic/1/0",
        "https://wework.qpic.cn/wwpic/1/0 HTTP/1.1",
    ],
)
def test_a_picture_is_fetched_from_wecoms_host_and_no_other(address):
    with pytest.raises(NoAnswer) as refused:
        contacts.picture(address)
    assert not refused.value.was_sent


def test_what_is_no_picture_is_not_kept():
    assert contacts.picture_kind(b"<svg onload=alert(1)>") is None
    assert contacts.picture_kind(b"\xff\xd8\xff\xe0") == "image/jpeg"


def test_its_codes_take_none_of_the_hundred_thousand(shop):
    contact_ways.fetch(shop.brand_id, wanted(shop))

    with db.transaction(shop.brand_id):
        assert queries.permanent_codes() == {}
        assert contact_ways.count() == 1
