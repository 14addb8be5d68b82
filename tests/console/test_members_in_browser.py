"""会员 in Chromium: found from any page, her number for half a minute, a tag undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.core import clock, db
from app.members import service as members
from app.members.models import Member
from app.points import service as points
from tests.console.test_in_browser import (  # noqa: F401 - fixtures
    AXE,
    FIND_SERIOUS,
    WIDER_THAN_WINDOW,
    assets,
    chromium,
    open_day,
    screen,
    sign_in,
    web,
)

HOUR = timedelta(hours=1)
pytestmark = [pytest.mark.browser, pytest.mark.flow]


@pytest.fixture
def lin(open_day):  # noqa: F811
    """A member called 周小梅; answers her phone."""
    with db.transaction(open_day.brand.id):
        member = db.get(Member, open_day.lin)
        member.name_encrypted = members.seal_name("周小梅")
        members.keep_tokens(member)
        return members.open_phone(member).removeprefix("+86")


def test_she_is_found_from_any_page_seen_revealed_and_tagged(open_day, lin, web, screen):  # noqa: F811
    page = screen()
    sign_in(page, web)
    page.keyboard.press("/")
    page.keyboard.type(lin[-4:])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{web}/console/members/search")
    expect(page.get_by_text("找到 1 人")).to_be_visible()

    page.get_by_role("link", name="周**").click()
    expect(page.get_by_text(f"{lin[:3]}****{lin[-4:]}").first).to_be_visible()
    assert lin not in page.content()

    page.get_by_role("button", name="查看", exact=True).click()
    page.get_by_label("核对订单或退货").check()
    page.get_by_role("button", name="查看 30 秒").click()
    expect(page.locator("#phone-line")).to_contain_text(lin)
    expect(page.locator("dialog[open]")).to_have_count(0)

    page.get_by_role("button", name="打标签").click()
    page.get_by_role("combobox", name="标签").fill("爱买礼盒")
    page.get_by_role("button", name="打上").click()
    told = page.get_by_role("status").filter(has_text="加上了 1 个标签")
    expect(told).to_be_visible(timeout=20_000)
    expect(page.locator(".tag-list summary", has_text="爱买礼盒")).to_be_visible()
    page.get_by_role("button", name="撤销").click()
    expect(page.locator(".tag-list summary", has_text="爱买礼盒")).to_have_count(0)
    assert page.errors == []


def test_the_timeline_is_filtered_in_its_place(open_day, lin, web, screen):  # noqa: F811
    page = screen()
    sign_in(page, web)
    page.goto(f"{web}/console/members/{open_day.lin}")

    page.locator("#timeline").get_by_role("link", name="沟通").click()

    expect(page.locator("#timeline [aria-current]")).to_have_text("沟通")
    expect(page.locator("#timeline")).not_to_contain_text("在静安寺店扫码")
    expect(page.locator("#timeline")).to_contain_text("同意：营销")
    assert page.errors == []


def test_the_search_fits_a_narrow_window_and_everybody(open_day, lin, web, screen):  # noqa: F811
    page = screen("dark", 390)
    sign_in(page, web)

    for path in ("/members", f"/members/{open_day.lin}", "/custom-fields"):
        page.goto(f"{web}/console{path}")
        page.evaluate(AXE.read_text())

        assert page.evaluate(FIND_SERIOUS) == [], path
        assert page.evaluate(WIDER_THAN_WINDOW) <= 0, path


def test_her_points_are_explained_movement_by_movement(open_day, lin, web, screen):  # noqa: F811
    with db.transaction(open_day.brand.id):
        points.earn_for_order(open_day.lin, order_id=1, paid_fen=32_000, at=clock.now())
        points.hold(open_day.lin, amount=200, key="till:1", until=clock.now() + HOUR)
        points.settle_hold("till:1")
        points.claw_back(open_day.lin, order_id=1, refund_key="r1", refunded_fen=16_000)
    page = screen()
    sign_in(page, web)
    page.goto(f"{web}/console/members/{open_day.lin}")
    page.get_by_role("link", name="每一笔积分").click()

    expect(page.get_by_role("heading", name="积分账")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="收银台抵扣")).to_contain_text("−200")
    assert page.evaluate(WIDER_THAN_WINDOW) <= 0
    page.evaluate(AXE.read_text())
    assert page.evaluate(FIND_SERIOUS) == []
    assert page.errors == []
