"""PK in Chromium on a phone, light and dark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.contests.models import Contest, ContestPlayer, ContestState, ContestStore, Metric
from app.core import clock, db
from app.core.db import session
from app.staff.models import Staff
from tests import factories
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
SOLD = {"小罗": (61_000, 24), "小方": (50_000, 25), "小魏": (42_000, 30), "小齐": (9_900, 21)}


def compete(house) -> None:  # noqa: F811
    """Four guides of her store: 小魏 third, and so without a place to be seen."""
    number = house.jingan.id
    with db.transaction(house.brand.id):
        wei = session.scalars(select(Staff.id).filter_by(login=f"wei{number}")).one()
    now = clock.now()
    ids = {"小魏": wei}
    for name in ("小罗", "小方", "小齐"):
        login = f"{ord(name[1])}-{number}"
        ids[name] = factories.make_staff(
            house.brand.id, login, name=name, store_ids=[house.jingan.id]
        ).id
    with db.transaction(house.brand.id):
        held = Contest(name="十一月之星", metric=Metric.SALES, prize="一天假", least=20)
        held.starts_at, held.ends_at = now - timedelta(days=3), now + timedelta(days=9)
        held.state, held.made_by = ContestState.RUNNING, "staff:1"
        session.add(held)
        session.flush()
        session.add(ContestStore(contest_id=held.id, store_id=house.jingan.id))
        session.add_all(ContestPlayer(contest_id=held.id, staff_id=each) for each in ids.values())
    for name, (fen, count) in SOLD.items():
        sell(house, (f"{number}{name}", ids[name], fen, 0))
        serve(house, ids[name], count)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_she_sees_whom_to_catch_up_with_and_no_lower_place(phone, house, theme):  # noqa: F811
    compete(house)
    page = phone(theme=theme)
    page.get_by_role("link", name="我的").click()
    page.get_by_role("link", name="PK", exact=True).click()

    expect(page.get_by_text("还没进前一半")).to_be_visible()
    expect(page.get_by_text("机会不变，再卖 ¥180.00 就追平小方")).to_be_visible()
    expect(page.get_by_text("还有 小魏、小齐，不排名次")).to_be_visible()
    page.get_by_text("怎么算").click()
    expect(page.get_by_text("到期封榜")).to_be_visible()
    page.evaluate(AXE.read_text())
    assert page.evaluate(FIND_SERIOUS) == []
    assert page.evaluate(PAGE_WIDTH) <= 390
    assert page.errors == []
