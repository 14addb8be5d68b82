"""The sandbox's till in Chromium: a cashier who scans, sells, takes back, and loses the network."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.core import db
from app.coupons.models import CouponKind
from app.coupons.rule import Amount, Percent, Rule
from app.members import queries
from app.pos import service as pos
from tests.card.conftest import Shopper
from tests.card.phone import (  # noqa: F401 - fixtures
    AXE,
    AXE_FINDINGS,
    chromium,
    wechat,
)
from tests.pos.conftest import ALL
from tests.pos.tills import give

pytestmark = [pytest.mark.browser, pytest.mark.flow]


@pytest.fixture
def shopper(wechat, client, house):  # noqa: F811
    """Lin has a phone in WeChat, is a member, and holds two coupons that work and one that not."""
    lin = Shopper(client, wechat, house.brand.mini.appid, wechat.person("lin")).sign_in()
    lin.join()
    number = lin.get("/me").json["number"]
    with db.transaction(house.brand.id):
        member = queries.by_number(number)
    give(house, member, Rule(Amount(3_000), min_spend_fen=19_900), value_fen=3_000)
    give(house, member, Rule(Percent(1_000)), CouponKind.PERCENT)
    give(house, member, Rule(Amount(9_000), min_spend_fen=99_900), value_fen=9_000)
    return member


@pytest.fixture
def desk(chromium, wechat, house, mei, shopper):  # noqa: F811
    """The page, with the key of a till of Wei's store in it."""
    with db.transaction(house.brand.id):
        made = pos.add_key(mei, name="收银一号", scopes=ALL, store_id=house.jingan.id)
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, locale="zh-CN", bypass_csp=True
    )
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto(f"{wechat.url}/till")
    page.get_by_label("密钥编号").fill(made.key.public_id)
    page.get_by_label("密钥", exact=True).fill(made.secret)
    page.get_by_role("button", name="装上密钥").click()
    expect(page.get_by_text("禾木集 · 静安寺店")).to_be_visible()
    yield page
    context.close()


def scan(page) -> None:
    page.get_by_role("button", name="扫她的会员码").click()
    expect(page.locator("#shopper .person")).to_be_visible()


def put(page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name).first.click()


def is_well(page) -> bool:
    page.evaluate(AXE.read_text())
    assert page.evaluate(AXE_FINDINGS) == []
    return True


def test_a_sale_from_the_code_to_the_return(desk, house):
    scan(desk)
    put(desk, "修护面霜", "保湿精华")

    expect(desk.get_by_role("button", name="收 ¥346.20")).to_be_visible()
    expect(desk.locator("#price")).to_contain_text("适用商品未满门槛")
    expect(desk.locator("#price")).to_contain_text("对她说：再买")
    assert is_well(desk)
    desk.get_by_role("button", name="收 ¥346.20").click()

    expect(desk.get_by_role("status").first).to_contain_text("346 分进她的账")
    desk.get_by_role("button", name="整单退").click()
    expect(desk.get_by_role("status").first).to_contain_text("退给她 ¥346.20")
    desk.get_by_role("button", name="日结对账").click()
    expect(desk.locator("#day")).to_contain_text("对上了：1 单")


def test_without_a_network_it_sells_on_and_tells_it_afterwards(desk, house):
    scan(desk)
    desk.get_by_label("拔网线").check()
    scan(desk)
    expect(desk.locator("#shopper")).to_contain_text("本机验签")
    put(desk, "修护面霜")
    desk.locator("#pay").click()
    expect(desk.locator("#waiting")).to_have_text("1")
    assert is_well(desk)

    desk.get_by_label("拔网线").uncheck()

    expect(desk.get_by_role("status").first).to_contain_text("补报 1 单，都对得上")
