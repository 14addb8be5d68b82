"""企业微信码 in Chromium, under a thumb: made, shown with its poster, and who came by it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.staff.models import Staff, Way
from app.staff.service import bindings
from app.stores.models import CodePurpose, QrCode
from app.visits import service as visits
from app.visits.models import VisitKind
from tests import factories
from tests.guides.test_on_a_phone import (  # noqa: F401 - fixtures
    assets,
    brand,
    chromium,
    house,
    phone,
    web,
)
from tests.guides.test_redeeming_on_a_phone import is_well

pytestmark = [pytest.mark.browser, pytest.mark.flow]
USERID = "XiaoWei"


@pytest.fixture(scope="module")
def corp(wechat_box, web, brand) -> SimpleNamespace:  # noqa: F811
    """The brand's corp, of which Wei is a member."""
    made = factories.connect_wecom(brand.id)
    known = {"secret": f"secret-of-{made.corp_id}", "agent_id": "1000002"}
    known |= {"members": {USERID: wechat_box.person("wei")["person_id"]}}
    wechat_box.admin("PUT", f"/corps/{made.corp_id}", known)
    return made


@pytest.fixture
def bound(corp, house):  # noqa: F811
    with db.transaction(house.brand.id):
        login = f"wei{house.jingan.id}"
        wei = session.scalars(select(Staff).filter_by(login=login)).one()
        bindings.bind(wei.id, Way.WECOM, USERID)
        yield_id = wei.id
    yield yield_id
    with db.transaction(house.brand.id):
        bindings.unbind(yield_id, Way.WECOM)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_she_makes_hers_and_sees_who_came_by_it(phone, web, house, corp, bound, theme):  # noqa: F811
    page = phone(theme=theme)
    page.goto(f"{web}/guide/me")
    page.get_by_role("link", name="我的二维码和海报").click()

    page.get_by_role("button", name="企业微信码").click()

    poster = page.get_by_role("img", name="企业微信码的海报")
    expect(poster).to_be_visible()
    assert poster.evaluate("picture => picture.decode().then(() => picture.naturalWidth > 0)")
    expect(page.get_by_text("30 天加好友 0 · 入会 0")).to_be_visible()
    assert is_well(page)

    arrive(house, corp)
    page.goto(f"{web}/guide/board")
    expect(page.get_by_text("刚加企业微信，还不是会员")).to_be_visible()
    assert is_well(page)
    assert page.errors == []


def arrive(house, corp) -> None:  # noqa: F811
    fan = factories.make_fan(house.brand.id, corp.account.id, f"wm-{house.jingan.id}")
    with db.transaction(house.brand.id):
        hers = select(QrCode).filter_by(store_id=house.jingan.id, purpose=CodePurpose.FRIEND)
        code = session.scalars(hers).one()
        visits.record(fan, code, VisitKind.FRIEND, clock.now())
