"""The sheet of a member in Chromium: four acts in reach of a thumb, slips taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.catalog.models import Product
from app.core import clock, db, events
from app.core.db import session
from app.coupons.models import CouponKind
from app.coupons.rule import Amount, BetweenDays, Percent, Rule
from app.members import queries as members
from app.members import service as people
from app.members.models import ConsentChannel, Purpose
from app.orders.models import Order, OrderLine
from app.pushes.models import Delivery, DeliveryState, Push, PushRun, SkipReason
from app.staff.models import Role, Staff
from app.staff.service import Actor
from app.stores.models import Store as Shop
from app.tasks.models import ScriptUse, Situation
from app.tasks.service import scripts
from tests import factories
from tests.guides.test_on_a_phone import (  # noqa: F401 - fixtures
    AXE,
    FIND_SERIOUS,
    PAGE_WIDTH,
    assets,
    brand,
    busy_day,
    card,
    chromium,
    house,
    phone,
    web,
)
from tests.pos.tills import give
from tests.tasks.conftest import noon  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.flow]
GOODS = {"修护面霜": ("50g", 26_800), "保湿精华": ("30ml", 18_900), "舒缓喷雾": ("100ml", 9_800)}
EVERY, LAST = 24, 52  # days between her purchases, and since the last one


@pytest.fixture
def zhou(noon, busy_day):  # noqa: F811
    """周女士: coupons of three kinds and her sample, purchases for a year and then a long pause,
    pushes; she has just written to the account and agrees to be called."""
    shop, member = busy_day.house, busy_day.member
    give(shop, member, Rule(Amount(3_000), min_spend_fen=19_900), value_fen=3_000)
    give(shop, member, Rule(Percent(2_000, 6_000)), CouponKind.PERCENT)
    first = clock.business_day(clock.now()) + timedelta(days=20)
    give(shop, member, Rule(Amount(5_000), BetweenDays(first, first)), value_fen=5_000)
    buy_for_a_year(shop, member)
    send_pushes(shop, member)
    with db.transaction(shop.brand.id):
        session.get_one(Shop, (shop.brand.id, shop.jingan.id)).line = "021-5555 0101"
        told = {"is_given": True, "door": "card", "channel": ConsentChannel.CALL}
        people.consent(member.id, Purpose.MARKETING, **told)
        [fan_id] = members.fan_ids_of(member.id)
        at = clock.now() - timedelta(minutes=20)
        events.record("wechat.message_received", fan_id=fan_id, at=at, kind="text")
    return member


def buy_for_a_year(shop, member) -> None:
    """Cream each time, at times something with it."""
    number = shop.jingan.id
    with db.transaction(shop.brand.id):
        for name, (package, _) in GOODS.items():
            sku = f"{number}{name}"
            session.add(Product(sku=sku, name=name, package=package, category="护肤"))
        session.flush()
        ids = {
            product.name: product.id
            for product in session.scalars(
                select(Product).where(Product.sku.startswith(str(number)))
            )
        }
        for each in range(12):
            names = list(GOODS)[: 1 + each % 3]
            fen = sum(GOODS[name][1] for name in names)
            order = Order(
                source="till", order_no=f"{number}-{each}", member_id=member.id,
                store_id=number, paid_at=clock.now() - timedelta(days=LAST + EVERY * each),
                paid_fen=fen, list_fen=fen, origin="pos",
            )  # fmt: skip
            session.add(order)
            session.flush()
            for line_no, name in enumerate(names, start=1):
                line = {"quantity": 1, "list_fen": GOODS[name][1], "paid_fen": GOODS[name][1]}
                session.add(
                    OrderLine(order_id=order.id, line_no=line_no, product_id=ids[name], **line)
                )


def send_pushes(shop, member) -> None:
    """One that she got, one that she did not get, one in whose hold-out she is."""
    states = {
        "十一月会员日": (DeliveryState.SENT, None),
        "双十一预告": (DeliveryState.SKIPPED, SkipReason.MONTHLY_CAP),
        "沉睡召回": (DeliveryState.SKIPPED, SkipReason.HOLDOUT),
    }
    with db.transaction(shop.brand.id):
        [fan_id] = members.fan_ids_of(member.id)
        for days, (name, (state, reason)) in enumerate(states.items(), start=3):
            at = clock.now() - timedelta(days=4 * days)
            push = Push(name=name, account_id=shop.brand.service.id, created_at=at)
            session.add(push)
            session.flush()
            run = PushRun(push_id=push.id, period="2026-11", due_at=at, text="", started_at=at)
            session.add(run)
            session.flush()
            session.add(Delivery(run_id=run.id, fan_id=fan_id, state=state, reason=reason))


def open_sheet(page, member):
    page.goto(page.url.replace("/board", f"/members/{member.id}"))
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_four_acts_are_in_reach_of_a_thumb(phone, zhou, theme):  # noqa: F811
    page = open_sheet(phone(theme=theme), zhou)
    acts = page.get_by_role("navigation", name="联系她").get_by_role("link")

    assert acts.all_inner_texts() == ["打电话", "发消息", "看话术", "送券"]
    boxes = [act.bounding_box() for act in acts.all()]
    assert all(box["height"] >= 44 and box["width"] >= 44 for box in boxes)
    expect(page.get_by_text("已送达")).to_be_visible()
    expect(page.get_by_text("没收到：那个月的群发额度用完了")).to_be_visible()
    expect(page.get_by_text("沉睡召回")).to_have_count(0)
    for name in ("打电话", "发消息"):
        page.get_by_role("link", name=name).click()
        assert is_well(page)
        page.get_by_label("回到会员").click()
    page.get_by_role("link", name="全部 12 单").click()
    assert is_well(page)
    assert page.errors == []


def test_a_note_by_a_slip_is_taken_back_from_the_toast(phone, zhou):  # noqa: F811
    page = open_sheet(phone(), zhou)
    page.get_by_role("textbox", name="备注").fill("写错了人")
    page.get_by_role("button", name="记一笔").tap()
    expect(page.get_by_text("记下了 1 条备注")).to_be_visible()
    assert is_well(page)

    page.get_by_role("button", name="撤销").tap()

    expect(page.get_by_text("撤销了")).to_be_visible()
    expect(page.get_by_text("写错了人")).to_have_count(0)
    assert page.errors == []


def test_a_tag_goes_on_and_off_and_each_is_taken_back(phone, zhou):  # noqa: F811
    page = open_sheet(phone(), zhou)
    tag = page.locator(".carried .tag", has_text="敏感肌")
    page.get_by_label("新标签").fill("敏感肌")
    page.get_by_role("button", name="打标签").tap()
    expect(page.get_by_text("加上了「敏感肌」")).to_be_visible()
    expect(tag).to_be_visible()

    page.get_by_text("去掉标签").tap()
    page.get_by_role("button", name="去掉「敏感肌」").tap()
    expect(page.get_by_text("去掉了「敏感肌」")).to_be_visible()
    expect(tag).to_have_count(0)
    page.get_by_role("button", name="撤销").tap()

    expect(tag).to_be_visible()


def test_the_toast_goes_by_itself(phone, zhou):  # noqa: F811
    page = open_sheet(phone(), zhou)
    page.get_by_role("textbox", name="备注").fill("喜欢无香的")
    page.get_by_role("button", name="记一笔").tap()
    expect(page.get_by_role("button", name="撤销")).to_be_visible()

    expect(page.get_by_role("button", name="撤销")).to_have_count(0, timeout=12_000)
    expect(page.get_by_text("喜欢无香的")).to_be_visible()


def test_without_script_it_is_taken_back_all_the_same(phone, zhou, chromium, web):  # noqa: F811
    with_script = phone()
    bare = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    bare.add_cookies(with_script.context.cookies())
    page = bare.new_page()
    page.goto(f"{web}/guide/members/{zhou.id}")
    page.get_by_role("textbox", name="备注").fill("写错了人")
    page.get_by_role("button", name="记一笔").click()

    page.get_by_role("button", name="撤销").click()

    expect(page.get_by_text("撤销了")).to_be_visible()
    expect(page.get_by_text("写错了人")).to_have_count(0)
    bare.close()


def test_the_brands_line_stands_on_her_card_and_greeting_is_its_use(phone, house, zhou, busy_day):  # noqa: F811
    script = opening(house, "{称呼}，{商品}用完了吧？今天有您一份小样。")
    page, visit = phone(), busy_day.visits[2]
    expect(card(page, visit)).to_contain_text("周女士，修护面霜用完了吧？今天有您一份小样。")

    card(page, visit).get_by_role("button", name="我来接待").tap()
    expect(card(page, visit)).to_contain_text("你在接待")
    page.context.set_offline(True)
    card(page, visit).get_by_role("button", name="已打招呼").tap()
    expect(card(page, visit)).to_contain_text("已记下「已打招呼」")
    page.context.set_offline(False)
    expect(card(page, visit)).to_contain_text("打过招呼", timeout=8000)

    with db.transaction(house.brand.id):
        [used] = session.scalars(select(ScriptUse).filter_by(script_id=script)).all()
    assert used.member_id == zhou.id
    assert page.errors == []


def opening(house, words: str) -> int:  # noqa: F811
    """Headquarters write what is said to who joined on this visit; switched off for others."""
    brand_id = house.brand.id
    with db.transaction(brand_id):
        mei = session.scalars(select(Staff).filter_by(login="mei-of-sheets")).first()
    if mei is None:
        mei = factories.make_staff(brand_id, "mei-of-sheets", Role.ADMIN, name="梅")
    by = Actor(mei.id, brand_id, mei.name, mei.role, None, "")
    with db.transaction(brand_id):
        return scripts.write(None, Situation.JOINED, words, by).id


def is_well(page) -> bool:
    page.evaluate(AXE.read_text())
    assert page.evaluate(FIND_SERIOUS) == []
    assert page.evaluate(PAGE_WIDTH) <= 390
    return True
