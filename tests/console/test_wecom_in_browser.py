"""企业微信 in Chromium: how it stands, a welcome looked at and kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.core import clock, db
from app.staff.models import Way
from app.staff.service import bindings
from app.stores import contact_ways, queries
from app.stores import service as stores
from app.visits import service as visits
from app.visits.models import VisitKind
from app.wechat.models import ContactState
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
from tests.console.test_wecom import keep_welcomes

pytestmark = [pytest.mark.browser, pytest.mark.flow]
WELCOMES = (ContactState.SENT,) * 9 + (ContactState.LATE, ContactState.GREETED)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_is_whole_and_a_welcome_is_kept(open_day, web, screen, theme, width):  # noqa: F811
    fill(open_day)
    page = screen(theme, width)
    sign_in(page, web)
    page.goto(f"{web}/console/wecom")
    expect(page.get_by_text("收得到")).to_be_visible()
    is_well(page)

    page.get_by_label("怎么说").fill("您好，我是{导购}，随时找我。")
    page.get_by_role("button", name="看一看").click()
    expect(page.get_by_text("您好，我是小陈，随时找我。")).to_be_visible()
    page.get_by_role("button", name="存好").click()

    expect(page.get_by_text("存好了")).to_be_visible()
    is_well(page)
    assert page.errors == []


def is_well(page) -> None:
    page.evaluate(AXE.read_text())
    assert page.evaluate(FIND_SERIOUS) == []
    assert page.evaluate(WIDER_THAN_WINDOW) <= 0


def fill(house) -> None:
    """A guide with her 联系我, who came by it, and how their welcomes went."""
    brand_id, corp = house.brand.id, factories.connect_wecom(house.brand.id)
    with db.transaction(brand_id):
        bindings.bind(house.wei.id, Way.WECOM, "XiaoWei")
        asked = contact_ways.guides_own(
            brand_id, staff_id=house.wei.id, store_id=house.jingan.id, userid="XiaoWei"
        )
        stores.set_ticket(asked.code_id, ticket="c", url="https://wework.qpic.cn/wwpic/1/0")
    for number in range(3):
        fan = factories.make_fan(brand_id, corp.account.id, f"wm-{number}")
        with db.transaction(brand_id):
            code = queries.code(asked.code_id)
            visits.record(fan, code, VisitKind.FRIEND, clock.now())
    keep_welcomes(brand_id, corp.account.id, *WELCOMES)
