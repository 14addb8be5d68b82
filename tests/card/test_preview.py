"""The mini-program's own source, played in Chromium against the API and the sandbox's WeChat."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import func, select

from app.core import clock, db
from app.core.db import session
from app.members import codes, signed_codes
from app.members import queries as member_queries
from app.members.models import Member, Purpose
from app.points import service as points
from tests.card.phone import KNOWN_PHONE
from tests.card.test_joining import import_member

pytestmark = [pytest.mark.browser, pytest.mark.flow]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_known_member_joins_and_finds_her_points_and_gifts(open_phone, house, scheme):
    member_id = import_member(house.brand.id, KNOWN_PHONE, earned=2140)
    with db.transaction(house.brand.id):
        points.set_tier(member_id, 432_100)
    phone = open_phone(scheme)

    phone.see("入会后这里是您的会员码")
    phone.is_clean()
    phone.tap("加入会员")
    phone.see("入会就能带走")
    phone.is_clean()
    phone.agree_and_ask_for_phone()
    phone.tap("允许", exact=True)
    phone.see("欢迎回来，2,140 积分已合到这里")
    phone.work()
    phone.see("您在这里，下面的都能用")

    assert phone.page.locator("member-code").inner_text().count("秒后换新") == 1
    phone.is_clean()
    phone.tap("优惠券")
    phone.see("新人礼")
    assert phone.page.get_by_role("tab", name="能用 2").count() == 1
    phone.is_clean()


def test_the_code_on_the_screen_is_hers(open_phone, house):
    phone = open_phone()
    phone.tap("加入会员")
    phone.agree_and_ask_for_phone()
    phone.tap("允许", exact=True)
    phone.see("已入会，新人礼这就到")
    shot = io.BytesIO(phone.page.locator("member-code").screenshot())

    found = {str(one.format): one.text for one in zxingcpp.read_barcodes(Image.open(shot))}

    assert set(found) == {"QR Code", "Code 128"}
    with db.transaction(house.brand.id):
        hers = session.scalars(select(Member.id)).one()
        read = {
            signed_codes.read(found["QR Code"])[0],
            codes.member_id(found["Code 128"], clock.now()),
        }
    assert read == {hers}


def test_the_first_tick_is_asked_for_and_never_set_by_itself(open_phone):
    phone = open_phone()
    phone.tap("加入会员")
    phone.tap("用微信手机号入会")
    phone.see("勾选后继续")
    assert phone.page.get_by_role("dialog").count() == 0
    assert phone.page.locator("[aria-checked=true]").count() == 0


def test_a_refusal_in_wechats_window_is_taken_kindly(open_phone, house):
    phone = open_phone()
    phone.tap("加入会员")
    phone.agree_and_ask_for_phone()
    phone.tap("不允许")
    phone.see("没关系，可以用其他手机号，或者先逛逛")
    phone.is_clean()
    assert count_members(house) == 0


def test_a_number_that_is_none_is_refused_in_words(open_phone, house):
    phone = open_phone()
    phone.tap("加入会员")
    phone.agree_and_ask_for_phone()
    phone.tap("其他号码")
    phone.page.get_by_label("其他号码").fill("12")
    phone.tap("用这个号码")
    phone.see("这不是一个手机号，换一个号码再试")
    assert count_members(house) == 0


def test_a_lost_answer_is_asked_for_again_with_the_same_key(open_phone, house, wechat):
    phone = open_phone()
    keys = []
    phone.page.route("**/api/v1/join", lambda route: lose_first(route, keys))
    phone.tap("加入会员")
    phone.agree_and_ask_for_phone()
    phone.tap("允许", exact=True)
    phone.see("没有连上")
    phone.tap("再试一次")
    phone.see("已入会，新人礼这就到")

    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert count_members(house) == 1
    assert len(wechat.log(path="/wxa/business/getuserphonenumber")) == 1


def lose_first(route, keys: list[str]) -> None:
    """The server hears the first request; its answer never arrives."""
    keys.append(route.request.headers["idempotency-key"])
    answer = route.fetch()
    if len(keys) == 1:
        route.abort()
    else:
        route.fulfill(response=answer)


def test_without_network_the_last_card_stays_with_its_time(open_phone):
    phone = open_phone()
    phone.see("入会后这里是您的会员码")
    phone.page.route("**/api/v1/**", lambda route: route.abort())
    phone.page.reload()
    phone.see("没有连上")
    phone.see("入会后这里是您的会员码")
    phone.is_clean()


def test_a_code_is_renewed_at_the_end_of_its_minute(open_phone):
    phone = open_phone()
    phone.tap("加入会员")
    phone.agree_and_ask_for_phone()
    phone.page.clock.install()
    phone.tap("允许", exact=True)
    phone.see("秒后换新")
    phone.page.clock.run_for(10_000)  # past the looks for gifts

    with phone.page.expect_response("**/api/v1/card*"):
        phone.page.clock.run_for(60_000)
    phone.page.route("**/api/v1/card*", lambda route: route.abort())

    phone.see_in_time("没有网络，这个码已过期")


def test_marketing_is_switched_off_where_she_finds_it(open_phone, house):
    phone = open_phone()
    phone.tap("加入会员")
    phone.tap("愿意收到新品", "checkbox")
    phone.agree_and_ask_for_phone()
    phone.tap("允许", exact=True)
    phone.tap("我的")
    phone.see("139****1111")
    phone.is_clean()
    phone.tap("新品和优惠消息", "switch")
    phone.see("已关")

    with db.transaction(house.brand.id):
        member_id = session.scalars(select(Member.id)).one()
        assert not member_queries.has_consent(member_id, Purpose.MARKETING)


def test_it_fits_a_small_phone(open_phone):
    phone = open_phone(width=320)
    phone.see("入会后这里是您的会员码")
    phone.is_clean()
    phone.tap("加入会员")
    phone.see("入会就能带走")
    phone.is_clean()


def count_members(house) -> int:
    with db.transaction(house.brand.id):
        return session.scalar(select(func.count()).select_from(Member))


def test_she_switches_copies_and_leaves_by_herself_and_may_stay(open_phone, house):
    phone = open_phone()
    phone.tap("加入会员")
    phone.agree_and_ask_for_phone()
    phone.tap("允许", exact=True)
    phone.tap("我的")
    phone.tap("偏好与授权")
    phone.see("我的个人信息")
    phone.is_clean()
    phone.tap("短信", "switch")
    phone.see("已开，随时可以关")
    phone.tap("短信", "switch")
    phone.see("已关，排队中的也不会再发")
    phone.tap("下载我的全部信息")
    phone.see("链接复制好了")
    phone.tap("注销会员")
    phone.see("注销以后")
    phone.is_clean()
    phone.tap("注销会员")
    phone.see("正在注销")
    phone.is_clean()
    phone.tap("撤回注销")
    phone.page.get_by_text("正在注销").first.wait_for(state="hidden", timeout=8_000)
