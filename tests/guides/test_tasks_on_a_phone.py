"""任务 in Chromium: the list and one task, by day and by night, with a thumb."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.core import db
from app.members.models import Member
from app.tasks import bulk
from app.tasks.models import Situation, Source
from tests.guides.test_on_a_phone import (  # noqa: F401 - fixtures
    AXE,
    FIND_SERIOUS,
    PAGE_WIDTH,
    assets,
    brand,
    busy_day,
    chromium,
    house,
    phone,
    web,
)

pytestmark = [pytest.mark.browser, pytest.mark.flow]


@pytest.fixture
def lin(busy_day):  # noqa: F811
    """周女士 has not come for 52 days; 总部 asks for her as well."""
    brand_id, member = busy_day.house.brand.id, busy_day.member
    sleeping = bulk.Wish(
        Source.SLEEPING, "sleeping", Situation.SLEEPING, {"days": 52, "usual": 24}, 1
    )
    news = bulk.Wish(Source.STAFF, "news", Situation.NEWS, {"why": "秋冬新品到了"}, 4)
    with db.transaction(brand_id):
        db.get(Member, member.id).main_store_id = busy_day.house.jingan.id
        bulk.make(sleeping, [member.id])
        bulk.make(news, [member.id])
    return member


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_from_the_list_to_the_outcome_and_back(phone, lin, theme):  # noqa: F811
    page = phone(theme=theme)
    page.get_by_role("link", name="任务").click()
    expect(page.get_by_text("52 天没来，平时 24 天一次")).to_be_visible()
    assert is_well(page)
    page.get_by_role("link", name="52 天没来").click()
    copy = page.get_by_role("button", name="复制话术")
    assert is_well(page)

    copy.click()
    expect(page.get_by_role("button", name="复制好了")).to_be_visible()
    page.get_by_role("button", name="约到店").click()

    expect(page.get_by_text("记下了：约到店")).to_be_visible()
    expect(page.get_by_text("52 天没来")).to_have_count(0)
    assert is_well(page)
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_text("52 天没来，平时 24 天一次")).to_be_visible()
    assert page.errors == []


def is_well(page) -> bool:
    page.evaluate(AXE.read_text())
    assert page.evaluate(FIND_SERIOUS) == []
    assert page.evaluate(PAGE_WIDTH) <= 390
    return True
