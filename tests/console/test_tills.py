"""收银对账: days that do not add up, what was given twice, goods that nobody knew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.benefits.models import ConflictKind, TillConflict
from app.catalog.models import Product
from app.core import clock, db
from app.core.db import session
from app.orders import service as orders
from app.orders.service import Sums, Told, ToldLine, ToldReturn


@pytest.fixture
def shop(house):
    return Shop(house)


class Shop:
    def __init__(self, house) -> None:
        self.house = house

    def sells(self, order_no: str = "R1", fen: int = 22_900, store=None, sku: str = "CREAM50"):
        store_id = (store or self.house.jingan).id
        line = ToldLine(1, sku, 1, fen, fen)
        with db.transaction(self.house.brand.id):
            orders.record(Told(order_no, store_id, clock.now(), (line,)))

    def says(self, count: int, fen: int, *receipts: tuple[str, int], store=None):
        day = clock.business_day(clock.now())
        with db.transaction(self.house.brand.id):
            orders.tell_day((store or self.house.jingan).id, day, Sums(count, fen), receipts)

    def loses(self, store=None) -> int:
        at = clock.now()
        with db.transaction(self.house.brand.id):
            row = TillConflict(
                kind=ConflictKind.COUPON,
                reason="used",
                lost_key="checkout:1:1",
                lost_store_id=(store or self.house.jingan).id,
                lost_at=at,
                lost_fen=3_000,
                won_store_id=self.house.hubin.id,
                won_at=at - timedelta(minutes=5),
                found_at=at,
            )
            session.add(row)
            session.flush()
            return row.id


def test_an_empty_page_says_how_it_fills(mei):
    page = mei.page("/tills")

    assert "没有重复" in page
    assert "还没有收银的单" in page


def test_a_day_that_agrees_and_one_that_does_not(mei, shop, house):
    shop.sells("R1")
    shop.sells("R2", store=house.hubin)
    shop.says(1, 22_900, ("R1", 22_900))
    shop.says(2, 30_000, ("R2", 20_000), ("R3", 10_000), store=house.hubin)

    page = mei.page("/tills")

    assert "1 天对不上" in page
    assert "R2 <span" in page
    assert "金额不同：¥200.00 / ¥229.00" in page
    assert "收银有，这里没有" in page
    assert page.index("对不上</span>") < page.index("对上了</span>")


def test_a_day_of_which_the_till_said_nothing_waits_for_its_word(mei, shop):
    shop.sells()

    assert "收银没报" in mei.page("/tills")


def test_what_was_given_twice_is_shown_until_somebody_has_seen_it(mei, shop):
    conflict_id = shop.loses()
    assert "同一张券用了两次" in mei.page("/tills")
    assert "¥30.00" in mei.page("/tills")

    mei.post(f"/tills/conflicts/{conflict_id}/seen")

    assert "0 处重复没看过" in mei.page("/tills")
    assert "看过断网时的重复" in mei.page("/audit")


def test_unknown_goods_get_their_name_and_are_known(mei, shop, house):
    shop.sells(sku="NEW-1")
    with db.transaction(house.brand.id):
        product_id = session.query(Product).filter_by(sku="NEW-1").one().id
    assert "NEW-1" in mei.page("/tills")

    mei.post(f"/tills/products/{product_id}/listed", name="修护喷雾")

    assert "认下了：修护喷雾" in mei.page("/tills")
    assert "都认识" in mei.page("/tills")


def test_a_name_that_is_missing_is_asked_for(mei, shop, house):
    shop.sells(sku="NEW-1")
    with db.transaction(house.brand.id):
        product_id = session.query(Product).filter_by(sku="NEW-1").one().id

    mei.post(f"/tills/products/{product_id}/listed", name=" ")

    assert "写上商品名" in mei.page("/tills")


def test_a_return_that_waits_for_its_sale_is_listed(mei, shop, house):
    with db.transaction(house.brand.id):
        orders.bring_back(ToldReturn("X1", "R9", house.jingan.id, clock.now()))

    page = mei.page("/tills")

    assert "X1" in page
    assert "等销售单" in page


def test_a_store_manager_sees_her_own_stores_alone(lan, shop, house):
    shop.sells("R1")
    shop.sells("R2", store=house.hubin)
    elsewhere = shop.loses()
    with db.transaction(house.brand.id):
        row = session.get_one(TillConflict, (house.brand.id, elsewhere))
        row.lost_store_id, row.lost_key = house.hubin.id, "checkout:2:2"
    page = lan.page("/tills")

    assert "静安寺店" in page
    assert "湖滨店" not in page
    assert "不认识的商品" not in page
    assert lan.post(f"/tills/conflicts/{elsewhere}/seen").status_code == 404
