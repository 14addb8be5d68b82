"""送一张券 in Chromium, under a thumb."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.coupons.conftest import make_batch
from tests.guides.test_on_a_phone import (  # noqa: F401 - fixtures
    assets,
    brand,
    busy_day,
    chromium,
    house,
    phone,
    web,
)
from tests.guides.test_redeeming_on_a_phone import is_well

pytestmark = [pytest.mark.browser, pytest.mark.flow]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_chosen_confirmed_and_taken_back(phone, web, busy_day, theme):  # noqa: F811
    brand_id = busy_day.house.brand.id
    make_batch(brand_id, f"gift-{theme}", per_guide_month=3)
    make_batch(brand_id, f"last-{theme}", per_guide_month=3, stock=1, issued=1)
    page = phone(theme=theme)
    page.goto(f"{web}/guide/members/{busy_day.member.id}")

    page.get_by_role("link", name="送券").click()
    page.get_by_role("link", name="本月还剩 3 张").first.click()
    confirm = page.get_by_role("button", name="送「满减券」给")
    expect(confirm).to_be_visible()
    assert is_well(page)
    confirm.click()
    expect(page.get_by_text("没用过的，10 分钟内可撤回")).to_be_visible()
    assert is_well(page)
    page.get_by_role("button", name="撤回这张券").click()

    expect(page.get_by_role("heading", name="撤回了")).to_be_visible()
    assert page.errors == []
