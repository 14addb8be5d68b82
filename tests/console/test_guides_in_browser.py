"""导购排行 in Chromium: read, then the same month under another rule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.core import clock, db
from app.credit import service
from app.credit.rules import Part, Step, Way
from tests.console.test_guides import fill
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

pytestmark = [pytest.mark.browser, pytest.mark.flow]
HALVES = (Part(7000, (Step(Way.SELLER),)), Part(3000, (Step(Way.OWNER),)))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_month_is_read_and_tried_under_another_rule(open_day, web, screen, theme):  # noqa: F811
    fill(open_day)
    with db.transaction(open_day.brand.id):
        service.publish(HALVES, starts_at=clock.now() + timedelta(days=40), actor="staff:1")
    page = screen(theme)
    sign_in(page, web)
    page.get_by_role("link", name="导购排行").click()
    expect(page.get_by_text("机会不到 20 次，不排名").first).to_be_visible()

    page.get_by_label("换规则重算").select_option("1")
    page.get_by_role("button", name="看这个月").click()

    expect(page.get_by_text("按第 1 版重算")).to_be_visible()
    page.evaluate(AXE.read_text())
    assert page.evaluate(FIND_SERIOUS) == []
    assert page.evaluate(WIDER_THAN_WINDOW) <= 0
    assert page.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_rule_is_tried_and_published_after_a_question(open_day, web, screen, theme):  # noqa: F811
    fill(open_day)
    page = screen(theme)
    sign_in(page, web)
    page.get_by_role("link", name="导购排行").click()
    page.get_by_role("link", name="改业绩规则…").click()
    page.get_by_label("占一单的百分之几").fill("100")
    page.get_by_role("button", name="试算一次").click()
    page.evaluate(AXE.read_text())
    assert page.evaluate(FIND_SERIOUS) == []
    assert page.evaluate(WIDER_THAN_WINDOW) <= 0

    page.get_by_role("button", name="让新规则生效…").click()
    page.get_by_role("button", name="生效", exact=True).click()

    expect(page.get_by_text("第 1 版业绩规则")).to_be_visible()
    assert page.errors == []
