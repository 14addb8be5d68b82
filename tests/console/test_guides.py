"""导购排行: chances first; all parts are what the store sold; another rule beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.core import clock, db
from app.core.db import session
from app.credit import bulk, service
from app.credit.rules import WHOLE, Part, Step, Way
from app.orders.models import Order
from app.staff.models import Role
from app.visits.models import Visit
from tests import factories


@pytest.fixture
def month(house):
    return fill(house)


def fill(house):
    """Wei took 21 of Jingan's 24 scans, Xu 2; three sales there, one of them nobody's."""
    xu = factories.make_staff(house.brand.id, "xu", name="小许", store_ids=[house.jingan.id])
    fan = factories.make_fan(house.brand.id, house.brand.service.id, "o-comes")
    with db.transaction(house.brand.id):
        for number in range(24):
            guide = house.wei.id if number < 21 else xu.id if number < 23 else None
            session.add(_visit(house, fan.id, number, guide))
        sold = [(house.wei.id, 42_000), (xu.id, 10_000), (None, 5_000)]
        for number, (seller, fen) in enumerate(sold):
            session.add(_order(house.jingan.id, number, seller, fen))
        session.add(_order(house.hubin.id, 9, house.bo.id, 7_700))
        session.flush()
        bulk.count(session.scalars(select(Order.id)).all())
    return house


def _visit(house, fan_id: int, number: int, guide: int | None) -> Visit:
    now = clock.now()
    return Visit(
        store_id=house.jingan.id,
        fan_id=fan_id,
        qr_code_id=house.jingan.code.id,
        kind="member",
        scanned_at=now,
        first_scanned_at=now,
        first_claimed_at=now + timedelta(seconds=30 + number) if guide else None,
        first_claimed_by_id=guide,
        served_by_id=guide,
        served_outcome=_outcome(guide, number),
        recorded_at=now,
        seq=number + 100_000,
        state="done" if guide else "waiting",
        claimed_by_id=guide,
        greeted_at=now if guide and number % 2 else None,
        outcome=_outcome(guide, number),
    )


def _outcome(guide: int | None, number: int) -> str | None:
    return ("served" if number else "bought") if guide else None


def _order(store_id: int, number: int, seller: int | None, fen: int) -> Order:
    return Order(
        source="pos",
        order_no=f"G{number}",
        store_id=store_id,
        staff_id=seller,
        paid_at=clock.now(),
        paid_fen=fen,
        list_fen=fen,
        origin="pos",
    )


def test_the_parts_of_a_store_are_what_it_sold_and_the_page_says_so(mei, month):
    page = mei.page("/guides")

    assert "各人相加 ¥570.00 = 门店业绩 ¥570.00" in page
    assert "各人相加 ¥77.00 = 门店业绩 ¥77.00" in page
    assert "门店（没有人）" in page


def test_what_each_chance_brought_places_a_guide_and_few_chances_place_nobody(mei, month):
    page = mei.page("/guides")

    assert "¥19.09" in page  # 420.00 over 22 chances: hers and the one nobody took
    assert "机会不到 20 次，不排名" in page


def test_how_long_people_waited_and_what_came_of_them_stand_beside_it(mei, month):
    page = mei.page("/guides")

    assert "40 秒" in page  # half of Wei's 21: 30 to 50 seconds
    assert "/ 48 秒" in page  # nine of ten
    assert "1 / 22" in page  # bought, of her chances
    assert "0.0%" in page  # came back


def test_another_rule_stands_beside_it_with_the_same_sum_and_writes_nothing(mei, month):
    with db.transaction(month.brand.id):
        later = clock.now() + timedelta(days=40)
        parts = [Part(WHOLE, (Step(Way.OWNER),))]
        service.publish(parts, starts_at=later, actor="staff:1")
        before = session.execute(text("SELECT * FROM credits ORDER BY 1, 2, 3")).all()

    page = mei.page("/guides?rule=1")

    assert "第 1 版重算" in page
    assert page.count("¥570.00") >= 4  # the sum under both rules, in head and foot
    with db.transaction(month.brand.id):
        assert session.execute(text("SELECT * FROM credits ORDER BY 1, 2, 3")).all() == before


def test_a_manager_sees_her_own_store_alone(desk_of, month):
    factories.make_staff(
        month.brand.id, "gu", Role.STORE_MANAGER, name="顾", store_ids=[month.hubin.id]
    )

    page = desk_of("gu").page("/guides")

    assert "湖滨店" in page
    assert "静安寺店" not in page
    assert "小许" not in page


def test_a_rule_or_a_month_that_never_was_is_named(mei, month):
    assert mei.get("/guides?rule=77").status_code == 404
    assert mei.get("/guides?month=2026-13").status_code == 400


def test_an_empty_month_says_how_it_fills(mei):
    assert "这个月还没有扫码和订单" in mei.page("/guides")
