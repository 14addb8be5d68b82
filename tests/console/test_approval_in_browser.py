"""大推送要两个人 in Chromium: asked, read and approved, in a wide and a narrow window."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.brands import service as brands
from app.core import clock, db
from app.members import service as members
from app.pushes import service as pushes
from app.staff.models import Role
from app.staff.service import Actor
from tests import factories
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


@pytest.fixture
def waiting(open_day):  # noqa: F811
    """The number of a colleague's push to twelve, where one person alone may send to ten."""
    brand = open_day.brand
    xu = factories.make_staff(brand.id, "xu", Role.MARKETER, name="许")
    with db.transaction(brand.id):
        brands.set_push_limit(brand.id, 10)
        push = pushes.save_draft(
            None,
            name="护肤会员日",
            text="护肤满 199 减 30，仅限今天。\n到店出示会员卡。",
            tag_id=members.tag("来源", "门店扫码"),
            once_at=clock.now() + timedelta(days=1),
        )
        pushes.schedule(push.id, Actor(xu.id, brand.id, "许", Role.MARKETER, None, ""))
        return push.id


def test_mei_reads_what_xu_wants_to_send_and_approves_it(waiting, web, screen):  # noqa: F811
    page = screen()
    sign_in(page, web)
    page.get_by_role("listitem").filter(has_text="推送「护肤会员日」等批准").get_by_role(
        "link"
    ).click()
    expect(page.locator(".bubble")).to_contain_text("护肤满 199 减 30")

    page.get_by_role("button", name="批准…").click()
    page.get_by_role("button", name="批准，发给 12 人").click()

    expect(page.locator(".page-head .badge")).to_have_text("已定时")
    assert page.errors == []


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_pages_of_an_approval_fit_and_everybody(waiting, web, screen, theme, width):  # noqa: F811
    page = screen(theme, width)
    sign_in(page, web)

    for path in (f"/pushes/{waiting}", "/people"):
        page.goto(f"{web}/console{path}")
        page.evaluate(AXE.read_text())

        assert page.evaluate(FIND_SERIOUS) == [], path
        assert page.evaluate(WIDER_THAN_WINDOW) <= 0, path
