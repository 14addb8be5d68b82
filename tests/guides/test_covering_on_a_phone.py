"""小陈 is away and Wei stands in for her: board, sheet and tasks say so, by day and by night."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.owners import service as owners
from app.owners.models import Why
from app.owners.service import Handing
from app.staff.models import Role, Staff
from app.staff.service import Actor
from app.tasks import bulk
from app.tasks.models import Situation, Source
from tests import factories
from tests.guides.test_on_a_phone import (  # noqa: F401 - fixtures
    assets,
    brand,
    busy_day,
    chromium,
    house,
    phone,
    web,
)
from tests.guides.test_tasks_on_a_phone import is_well

pytestmark = [pytest.mark.browser, pytest.mark.flow]


@pytest.fixture
def lin(busy_day):  # noqa: F811
    """小陈's member, whom she was to call before she left."""
    brand_id, here = busy_day.house.brand.id, busy_day.house.jingan.id
    mei = factories.make_staff(brand_id, f"mei{here}", Role.ADMIN, name="梅")
    by = Actor(mei.id, brand_id, mei.name, mei.role, None, "")
    today = clock.business_day(clock.now())
    with db.transaction(brand_id):
        chen, wei = (staff_id(f"{login}{here}") for login in ("chen", "wei"))
        owners.give([Handing(busy_day.member.id, chen, here, Why.TRANSFER)])
        facts = {"days": 52, "usual": 24}
        wish = bulk.Wish(Source.SLEEPING, "sleeping", Situation.SLEEPING, facts, 1)
        bulk.make(wish, [busy_day.member.id])
        owners.cover(chen, here, wei, today, today + timedelta(days=3), by=by)
    return busy_day.member


def staff_id(login: str) -> int:
    return session.scalars(select(Staff.id).filter_by(login=login)).one()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_she_sees_whose_task_it_is_and_does_it(phone, web, lin, theme):  # noqa: F811
    page = phone(theme=theme)
    expect(page.get_by_text("小陈休假，小魏代班")).to_be_visible()
    assert is_well(page)
    page.get_by_role("link", name="任务").click()
    expect(page.get_by_text("代小陈")).to_be_visible()
    assert is_well(page)
    page.get_by_role("link", name="52 天没来").click()
    assert is_well(page)
    page.get_by_role("button", name="约到店").click()
    expect(page.get_by_text("记下了：约到店")).to_be_visible()

    page.goto(f"{web}/guide/members/{lin.id}")
    expect(page.get_by_text("小陈休假，小魏代班")).to_be_visible()
    assert is_well(page)
    assert page.errors == []
