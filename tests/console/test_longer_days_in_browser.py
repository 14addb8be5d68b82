"""延长有效期 and 积分怎么用 in Chromium: counted, read, done."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.core import db
from app.coupons import service as coupons
from app.points import service as points
from tests.console.test_in_browser import (  # noqa: F401 - fixtures
    assets,
    chromium,
    open_day,
    screen,
    sign_in,
    web,
)
from tests.console.test_tills_in_browser import is_well
from tests.coupons.conftest import make_batch
from tests.coupons.crowd import make_members

pytestmark = [pytest.mark.browser, pytest.mark.flow]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_batch_works_longer_after_a_look_at_how_many(
    open_day,  # noqa: F811
    web,  # noqa: F811
    screen,  # noqa: F811
    theme,
):
    brand_id = open_day.brand.id
    batch = make_batch(brand_id, "spring")
    for member_id in make_members(brand_id, 3):
        with db.transaction(brand_id):
            coupons.claim(batch.id, member_id)
    page = screen(theme)
    sign_in(page, web)
    page.goto(f"{web}/console/coupons/{batch.id}")

    page.get_by_role("link", name="延长…").click()
    page.get_by_label("最后一天").fill("2099-12-31")
    page.get_by_role("button", name="先数一数").click()
    confirm = page.get_by_role("button", name="延长 3 张未用的券，到 2099-12-31")
    expect(confirm).to_be_visible()
    assert is_well(page)
    confirm.click()

    expect(page.get_by_text("开始延长 3 张")).to_be_visible()
    assert is_well(page)
    assert page.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_another_policy_is_read_before_it_holds(
    open_day,  # noqa: F811
    web,  # noqa: F811
    screen,  # noqa: F811
    theme,
):
    (member_id,) = make_members(open_day.brand.id, 1)
    with db.transaction(open_day.brand.id):
        points.earn(member_id, amount=12_340, kind="act", reference="x")
    page = screen(theme)
    sign_in(page, web)
    page.goto(f"{web}/console/earning")
    expect(page.get_by_text("分，逐笔相加一致，")).to_be_visible()

    page.get_by_role("link", name="积分怎么用…").click()
    page.get_by_label("退货期几天，过后可用").fill("7")
    page.get_by_label("抵多少元").fill("2")
    page.get_by_role("button", name="看看会怎样").click()
    expect(page.get_by_role("heading", name="改了会怎样")).to_be_visible()
    assert is_well(page)
    page.get_by_role("button", name="从现在起生效").click()

    expect(page.get_by_text("第 1 版从现在起生效")).to_be_visible()
    assert is_well(page)
    assert page.errors == []
