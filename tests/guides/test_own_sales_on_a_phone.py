"""这单归谁 in Chromium, light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.staff.models import Staff
from tests.guides.test_on_a_phone import (  # noqa: F401 - fixtures
    AXE,
    FIND_SERIOUS,
    PAGE_WIDTH,
    assets,
    brand,
    chromium,
    house,
    phone,
    web,
)
from tests.guides.test_own_sales import sell, serve

pytestmark = [pytest.mark.browser, pytest.mark.flow]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_she_finds_her_orders_and_why_they_are_hers(phone, house, theme):  # noqa: F811
    number = house.jingan.id
    with db.transaction(house.brand.id):
        wei = session.scalars(select(Staff.id).filter_by(login=f"wei{number}")).one()
    sell(house, (f"{number}1001", wei, 42_000, 12_000), (f"{number}1002", wei, 18_900, 0))
    serve(house, wei, 6)
    page = phone(theme=theme)
    page.get_by_role("link", name="我的").click()
    page.get_by_role("link", name="服务质量，这单归谁").click()

    expect(page.get_by_text("收银开单写的是你").first).to_be_visible()
    page.get_by_text("现在的规则").click()
    expect(page.get_by_text("依次看：开单导购")).to_be_visible()
    page.evaluate(AXE.read_text())
    assert page.evaluate(FIND_SERIOUS) == []
    assert page.evaluate(PAGE_WIDTH) <= 390
    assert page.errors == []
