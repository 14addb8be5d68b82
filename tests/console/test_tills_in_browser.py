"""收银对账 in Chromium: read at a glance, one conflict put aside."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.core import clock, db
from app.orders import service as orders
from app.orders.service import ToldReturn
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
from tests.console.test_tills import Shop

pytestmark = [pytest.mark.browser, pytest.mark.flow]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_day_that_does_not_add_up_is_seen_and_a_conflict_put_aside(
    open_day,  # noqa: F811
    web,  # noqa: F811
    screen,  # noqa: F811
    theme,
):
    shop = Shop(open_day)
    shop.sells("R1")
    shop.sells("R2", store=open_day.hubin, sku="NEW-1")
    shop.says(1, 22_900, ("R1", 22_900))
    shop.says(2, 30_000, ("R2", 20_000), ("R3", 10_000), store=open_day.hubin)
    shop.loses()
    with db.transaction(open_day.brand.id):
        orders.bring_back(ToldReturn("X1", "R9", open_day.jingan.id, clock.now()))
    page = screen(theme)
    sign_in(page, web)

    page.get_by_role("link", name="收银对账").click()

    expect(page.get_by_text("2 天对不上")).to_be_visible()
    assert is_well(page)
    page.get_by_role("button", name="看过了").click()
    expect(page.get_by_text("0 处重复没看过")).to_be_visible()
    assert page.errors == []


def is_well(page) -> bool:
    page.evaluate(AXE.read_text())
    assert page.evaluate(FIND_SERIOUS) == []
    assert page.evaluate(WIDER_THAN_WINDOW) <= 0
    return True
