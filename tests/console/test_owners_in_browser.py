"""离职交接 in Chromium: chosen, looked at, done and taken back, in a wide and a narrow window."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.core import clock, db
from app.core.db import session
from app.members.models import Member
from app.owners import service as owners
from app.owners.models import Why
from app.owners.service import Handing
from app.staff.service import Actor
from tests import factories
from tests.console.test_in_browser import (  # noqa: F401 - fixtures
    AXE,
    FIND_SERIOUS,
    WIDER_THAN_WINDOW,
    assets,
    chromium,
    screen,
    sign_in,
    web,
)

pytestmark = [pytest.mark.browser, pytest.mark.flow]


@pytest.fixture
def shop(web, house):  # noqa: F811
    """Twelve of Wei's in 静安寺店, where An has two and Yu none."""
    guides = {
        name: factories.make_staff(house.brand.id, login, name=name, store_ids=[house.jingan.id])
        for login, name in (("an", "小安"), ("yu", "小于"))
    }
    for number in range(14):
        fan = factories.make_fan(house.brand.id, house.brand.service.id, f"o-{number}")
        house.lin = factories.make_member(house.brand.id, fan.id, f"138000000{number:02d}")
        guide = house.wei if number < 12 else guides["小安"]
        with db.transaction(house.brand.id):
            owners.give([Handing(house.lin.id, guide.id, house.jingan.id, Why.LAST_TOUCH)])
    return house


def test_mei_lets_wei_go_and_takes_it_back(shop, web, screen) -> None:  # noqa: F811
    page = screen()
    sign_in(page, web)
    page.goto(f"{web}/console/owners")
    page.get_by_role("link", name="离职交接…").click()
    page.get_by_role("checkbox", name="小魏").check()
    page.get_by_role("button", name="看怎么分").click()
    expect(page.locator("#takers + .card-more")).to_contain_text("最多带 7 位，最少 7 位")

    page.get_by_role("button", name="停用并交接…").click()
    page.get_by_label("原因").fill("离职，月底最后一天")
    page.get_by_role("button", name="停用并交接", exact=True).click()
    expect(page.locator("h1 .badge")).to_have_text("已交接")

    page.get_by_role("button", name="撤销…").click()
    page.get_by_role("button", name="撤销", exact=True).click()
    expect(page.locator("h1 .badge")).to_have_text("已撤销")
    assert page.errors == []


def test_two_chosen_in_the_list_get_another_guide(shop, web, screen) -> None:  # noqa: F811
    page = screen()
    sign_in(page, web)
    page.goto(f"{web}/console/members?guide={shop.wei.id}")
    for number in range(2):
        page.locator("input[name=member_id]").nth(number).check()
    page.get_by_role("button", name="给选中的换导购…").click()

    page.get_by_label("交给谁").select_option(index=1)
    page.get_by_label("为什么换").fill("她们搬家了")
    page.get_by_role("button", name="换导购，2 位").click()

    expect(page.locator("h1 .badge")).to_have_text("已交接")
    assert page.errors == []


def try_a_rule(page, web, way: str = "scan_lightest") -> None:  # noqa: F811
    page.goto(f"{web}/console/owners/rule")
    page.get_by_label("第 1 步看").select_option("exclusive")
    page.get_by_label("几天内").first.fill("90")
    page.get_by_label("第 2 步看").select_option(way)
    page.get_by_label("几天内").nth(1).fill("")
    page.get_by_role("button", name="试算一次").click()


def test_mei_tries_a_rule_publishes_it_and_gives_everybody_out_anew(shop, web, screen) -> None:  # noqa: F811
    with db.transaction(shop.brand.id):
        owners.close([shop.lin.id], Why.TRANSFER)
        session.get_one(Member, (shop.brand.id, shop.lin.id)).main_store_id = shop.jingan.id
    page = screen()
    sign_in(page, web)
    try_a_rule(page, web, "fallback")
    expect(page.locator("#result")).to_contain_text("静安寺店带人最少的")

    page.get_by_role("radio", name="马上按它重新分，1 位换人").check()
    page.get_by_role("button", name="发布这一版…").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 位新得到导购，0 位换导购，其余 13 位不变")
    page.get_by_role("button", name="发布", exact=True).click()

    expect(page.locator("h1 .badge")).to_have_text("已交接")
    page.goto(f"{web}/console/members/{shop.lin.id}")
    expect(page.locator("body")).to_contain_text("归属规则第 1 版")
    assert page.errors == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_rule_s_page_fits_and_everybody(shop, web, screen, theme, width) -> None:  # noqa: F811
    page = screen(theme, width)
    sign_in(page, web)
    with db.transaction(shop.brand.id):
        owners.close([shop.lin.id], Why.TRANSFER)
        session.get_one(Member, (shop.brand.id, shop.lin.id)).main_store_id = shop.jingan.id

    for is_tried in (False, True):
        try_a_rule(page, web, "fallback") if is_tried else page.goto(f"{web}/console/owners/rule")
        page.evaluate(AXE.read_text())

        assert page.evaluate(FIND_SERIOUS) == []
        assert page.evaluate(WIDER_THAN_WINDOW) <= 0


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_pages_of_a_hand_over_fit_and_everybody(
    shop,
    web,  # noqa: F811
    screen,  # noqa: F811
    theme,
    width,
) -> None:
    page = screen(theme, width)
    sign_in(page, web)

    leaving = f"/owners/leaving?staff_id={shop.wei.id}"
    with db.transaction(shop.brand.id):
        today = clock.business_day(clock.now())
        by = Actor(shop.mei.id, shop.brand.id, shop.mei.name, shop.mei.role, None, "")
        owners.cover(shop.wei.id, shop.jingan.id, None, today, today, by=by)
    paths = leaving, "/owners", "/owners/covers", "/members", f"/members/{shop.lin.id}"
    for path in paths:
        page.goto(f"{web}/console{path}")
        page.evaluate(AXE.read_text())

        assert page.evaluate(FIND_SERIOUS) == [], path
        assert page.evaluate(WIDER_THAN_WINDOW) <= 0, path
