"""What a guide reads of her member at the counter: whose she is and why, which size she took."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.catalog.models import Product
from app.core import clock, db
from app.core.db import session
from app.guides import words
from app.members import queries as members
from app.members.models import Member
from app.orders.models import Order, OrderLine
from app.owners import service as owners
from app.owners.models import Why
from app.owners.service import Handing
from app.pushes.models import Delivery, DeliveryState, Push, PushRun, SkipReason
from tests.guides.conftest import count_queries, join, scan


@pytest.fixture
def lin(house) -> int:
    """She scanned in Wei's store and joined."""
    join(house, scan(house).fan_id)
    with db.transaction(house.brand.id):
        member = session.scalars(select(Member).order_by(Member.id.desc())).first()
        member.main_store_id = house.jingan.id
        return member.id


def test_it_says_whose_customer_she_is_and_why(wei, house, lin):
    with db.transaction(house.brand.id):
        owners.give([Handing(lin, house.wei.id, house.jingan.id, Why.PROMOTER)])

    page = wei.get(f"/guide/members/{lin}").text

    assert "专属导购 小魏 · 她扫这位导购的码来的" in page


def test_nobody_s_customer_has_no_such_line(wei, lin):
    assert "专属导购" not in wei.get(f"/guide/members/{lin}").text


def test_a_purchase_names_the_size_or_shade(wei, house, lin):
    with db.transaction(house.brand.id):
        cream = Product(sku="X1", name="修护面霜", package="50g", is_listed=True)
        order = Order(
            source="till", order_no="N1", member_id=lin, store_id=house.jingan.id,
            paid_at=clock.now(), paid_fen=41_800, list_fen=41_800, origin="pos",
        )  # fmt: skip
        session.add_all([cream, order])
        session.flush()
        session.add(
            OrderLine(
                order_id=order.id, line_no=1, product_id=cream.id, quantity=1,
                list_fen=41_800, paid_fen=41_800,
            )
        )  # fmt: skip

    assert "修护面霜 50g" in wei.get(f"/guide/members/{lin}").text


def sold(house, lin: int, number: int, *, fen: int = 41_800, store_id: int = 0) -> None:
    """An order of one line, `number` days ago."""
    with db.transaction(house.brand.id):
        cream = session.scalar(select(Product.id).filter_by(sku="X1"))
        if cream is None:
            product = Product(sku="X1", name="修护面霜", package="50g", is_listed=True)
            session.add(product)
            session.flush()
            cream = product.id
        order = Order(
            source="till", order_no=f"A{number}", member_id=lin,
            store_id=store_id or house.jingan.id, paid_at=clock.now() - timedelta(days=number),
            paid_fen=fen, list_fen=fen, origin="pos",
        )  # fmt: skip
        session.add(order)
        session.flush()
        session.add(
            OrderLine(
                order_id=order.id, line_no=1, product_id=cream, quantity=2, list_fen=fen,
                paid_fen=fen,
            )
        )  # fmt: skip


def test_all_her_orders_stand_on_pages_that_miss_none_and_show_none_twice(wei, house, lin):
    for number in range(45):
        sold(house, lin, number, fen=10_000 + number)

    page, seen = wei.page(f"/guide/members/{lin}"), []
    assert "全部 45 单" in page
    path = f"/guide/members/{lin}/orders"
    while path:
        page = wei.page(path)
        seen += re.findall(r'<b class="num">¥([\d.]+)</b>', page)
        following = re.search(r'href="([^"]+)">更早的', page)
        path = following[1] if following else ""

    assert seen == [f"{(10_000 + number) / 100:.2f}" for number in range(45)]
    assert "共 45 单" in page
    assert "修护面霜 50g" in page


def test_a_page_of_orders_is_one_query_however_long(wei, house, lin):
    for number in range(3):
        sold(house, lin, number)
    short = count_queries(lambda: wei.page(f"/guide/members/{lin}/orders"))
    for number in range(3, 23):
        sold(house, lin, number)

    assert count_queries(lambda: wei.page(f"/guide/members/{lin}/orders")) == short


def test_another_stores_guide_does_not_see_her_orders(bo, house, lin):
    sold(house, lin, 1)

    assert bo.get(f"/guide/members/{lin}/orders").status_code == 404


def meant(house, lin: int, name: str, state: DeliveryState, reason: SkipReason | None = None):
    """A push that meant her and what became of it."""
    with db.transaction(house.brand.id):
        [fan_id] = members.fan_ids_of(lin)
        at = clock.now()
        push = Push(name=name, account_id=house.brand.service.id, created_at=at)
        session.add(push)
        session.flush()
        run = PushRun(push_id=push.id, period="2026-11", due_at=at, text="", started_at=at)
        session.add(run)
        session.flush()
        session.add(Delivery(run_id=run.id, fan_id=fan_id, state=state, reason=reason))


def test_it_says_which_pushes_she_got_and_why_she_got_none(wei, house, lin):
    meant(house, lin, "会员日", DeliveryState.SENT)
    meant(house, lin, "双十一", DeliveryState.SKIPPED, SkipReason.MONTHLY_CAP)

    page = wei.page(f"/guide/members/{lin}").split('aria-label="活动"')[1].split("</section>")[0]

    assert "会员日" in page
    assert "已送达" in page
    assert "没收到：那个月的群发额度用完了" in page


def test_the_hold_out_is_not_told_on_the_phone(wei, house, lin):
    meant(house, lin, "沉睡召回", DeliveryState.SKIPPED, SkipReason.HOLDOUT)
    meant(house, lin, "还没发的", DeliveryState.PLANNED)

    page = wei.page(f"/guide/members/{lin}")

    assert "沉睡召回" not in page
    assert "对照组" not in page
    assert "还没发的" not in page


@pytest.mark.parametrize("reason", [each for each in SkipReason if each != SkipReason.HOLDOUT])
def test_every_reason_has_words_for_her_guide(reason):
    assert words.arrived(DeliveryState.SKIPPED, reason).startswith("没收到：")
