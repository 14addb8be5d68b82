"""核销 in Chromium: typed, chosen, confirmed and taken back under a thumb."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.core import clock, db
from app.coupons.models import CouponKind
from app.coupons.rule import Amount, BetweenDays, Percent, Rule
from app.members import codes
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
from tests.pos.tills import give

pytestmark = [pytest.mark.browser, pytest.mark.flow]


@pytest.fixture
def lin(busy_day):  # noqa: F811
    """周女士 with coupons of three kinds, one for later, and her sample."""
    shop, member = busy_day.house, busy_day.member
    thirty = Rule(Amount(3_000), min_spend_fen=19_900)
    give(shop, member, thirty, value_fen=3_000, min_spend_fen=19_900)
    give(shop, member, Rule(Percent(1_500, 6_000)), CouponKind.PERCENT)
    first = clock.business_day(clock.now()).replace(year=2099)
    later = Rule(Amount(5_000), BetweenDays(first, first))
    give(shop, member, later, value_fen=5_000, min_spend_fen=29_900)
    return member


def digits_of(shop, member) -> str:
    with db.transaction(shop.brand.id):
        return codes.of_member(member.id, clock.now()).digits


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_from_the_code_to_the_tick_and_back(phone, house, lin, theme):  # noqa: F811
    page = phone(theme=theme)
    page.get_by_role("link", name="核销").click()
    page.get_by_label("会员码，16 位数字").fill(digits_of(house, lin))
    page.get_by_role("button", name="认会员").click()
    expect(page.get_by_text("会员码有效")).to_be_visible()
    page.get_by_label("第 1 件的金额").fill("418.00")
    page.get_by_role("button", name="算优惠").click()
    confirm = page.get_by_role("button", name="核销 3 张券，收")
    expect(confirm).to_be_visible()
    assert is_well(page)

    page.get_by_text("¥30，满 199 可用").click()
    expect(page.get_by_role("button", name="核销 2 张券，收")).to_be_visible()
    page.get_by_role("button", name="核销 2 张券，收").click()

    expect(page.get_by_text("核销好了")).to_be_visible()
    assert is_well(page)
    page.get_by_role("button", name="撤回这次核销").click()
    expect(page.get_by_text("撤回了")).to_be_visible()
    assert page.errors == []


def is_well(page) -> bool:
    page.evaluate(AXE.read_text())
    assert page.evaluate(FIND_SERIOUS) == []
    assert page.evaluate(PAGE_WIDTH) <= 390
    return True
