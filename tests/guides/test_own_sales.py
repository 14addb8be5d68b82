"""这单归谁: her own service and orders, each with its reason, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.credit import bulk
from app.orders.models import Order
from app.visits.models import Visit
from tests import factories


def sell(house, *sold: tuple[str, int | None, int, int]) -> None:
    """Orders of today in Wei's store: (number, seller, paid, returned), looked at."""
    with db.transaction(house.brand.id):
        for order_no, seller, paid, back in sold:
            row = Order(source="pos", order_no=order_no, store_id=house.jingan.id, origin="pos")
            row.staff_id, row.paid_at = seller, clock.now()
            row.paid_fen = row.list_fen = paid
            row.returned_fen = back
            session.add(row)
        session.flush()
        bulk.count(session.scalars(select(Order.id)).all())


def serve(house, guide_id: int, count: int) -> None:
    """So many came, and she took and greeted them all."""
    number = house.jingan.id
    fan = factories.make_fan(house.brand.id, house.brand.service.id, f"o-served-{number}")
    now = clock.now()
    with db.transaction(house.brand.id):
        seq = session.scalars(select(Visit.seq).order_by(Visit.seq.desc())).first() or 0
        for place in range(count):
            visit = Visit(store_id=house.jingan.id, fan_id=fan.id, kind="member", state="done")
            visit.qr_code_id, visit.scanned_at = house.jingan.code.id, now
            visit.first_scanned_at = visit.recorded_at = visit.greeted_at = now
            visit.claimed_by_id = visit.served_by_id = guide_id
            visit.seq, visit.served_at = seq + place + 1, now
            visit.outcome = visit.served_outcome = "bought" if place == 0 else "served"
            visit.first_claimed_by_id = guide_id
            visit.first_claimed_at = now + timedelta(seconds=40 + 30 * place)
            session.add(visit)


@pytest.fixture
def sold(house):
    xu = factories.make_staff(house.brand.id, "xu", name="小许", store_ids=[house.jingan.id])
    sell(house, ("A1001", house.wei.id, 42_000, 12_000), ("A2002", xu.id, 9_900, 0))
    serve(house, house.wei.id, 3)
    return house


def test_each_order_of_hers_stands_there_with_its_reason_and_what_came_back(wei, sold):
    page = wei.page("/guide/credit?when=month")

    assert "尾号 1001" in page
    assert "现在的规则：默认规则" in page
    assert "¥420.00 减退货 ¥120.00" in page
    assert page.count("¥300.00") == 2  # the sum, and its one order


def test_her_service_stands_first_with_its_definition(wei, sold):
    page = wei.page("/guide/credit")

    assert page.index("接待机会") < page.index("业绩</h2>")
    assert "其中你接待了 3 位" in page


def test_her_quality_is_what_people_waited_and_the_rates_of_her_chances(wei, sold):
    page = wei.page("/guide/credit")

    assert "1 分 10 秒" in page  # half of 40, 70 and 100 seconds
    assert "1 分 40 秒" in page  # nine of ten
    assert "3 / 3" in page  # greeted
    assert "1 / 3" in page  # bought
    assert "28.6%" in page  # 120 of 420 came back


def test_a_colleagues_orders_are_nowhere_on_her_page(wei, bo, sold):
    assert "尾号 2002" not in wei.page("/guide/credit?when=month")
    assert "还没有归你的单" in bo.page("/guide/credit?when=month")


def test_without_anything_the_page_says_how_it_fills(wei):
    page = wei.page("/guide/credit")

    assert "今天还没有接待" in page
    assert "今天还没有归你的单" in page
    assert wei.get("/guide/credit?when=ever").status_code == 400
