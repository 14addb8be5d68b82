"""Prices and stock, as tills and ERP tell them: the newest word holds, strangers are named."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.catalog import shelves
from app.catalog.models import Product
from app.catalog.shelves import Shelf
from app.core import clock, db
from app.core.db import session
from tests.pos.test_till import why
from tests.pos.tills import open_till

NAME = "修护面霜"


@pytest.fixture
def till(client, house, mei):
    return open_till(client, house, mei, house.jingan)


@pytest.fixture(autouse=True)
def goods(client, house) -> None:
    """Two sizes of one cream."""
    with db.transaction(house.brand.id):
        for sku, package in (("C30", "30g"), ("C50", "50g")):
            session.add(Product(sku=sku, name=NAME, package=package))


def item(sku: str, **figures: int) -> dict:
    return {"sku": sku} | figures


def tell(caller, *items: dict, at: datetime | None = None, **more):
    told = {"at": (at or clock.now()).isoformat(), "items": list(items)} | more
    return caller.post("/goods", told)


def shelf(house, store=None) -> Shelf:
    with db.transaction(house.brand.id):
        return shelves.of_names({NAME}, (store or house.jingan).id)[NAME]


def test_what_is_told_is_known_in_that_store_and_a_price_everywhere(till, house):
    answer = tell(till, item("C30", on_hand=3, price_fen=18_900), item("C50", price_fen=26_800))

    assert (answer.status_code, answer.json) == (200, {"told": 2, "unknown_skus": []})
    assert shelf(house) == Shelf(18_900, 26_800, 3)
    assert shelf(house, house.hubin) == Shelf(18_900, 26_800, None)


def test_an_older_word_that_comes_late_changes_nothing(till, house):
    tell(till, item("C30", on_hand=3, price_fen=18_900))
    tell(till, item("C30", on_hand=9, price_fen=100), at=clock.now() - timedelta(hours=1))

    assert shelf(house) == Shelf(18_900, 18_900, 3)


def test_what_is_left_out_stays(till, house):
    tell(till, item("C30", on_hand=3, price_fen=18_900))
    tell(till, item("C30", on_hand=0))

    assert shelf(house) == Shelf(18_900, 18_900, 0)
    assert shelf(house).is_out


def test_strangers_are_named_and_nothing_of_them_is_kept(till, house):
    answer = tell(till, item("C30", on_hand=1), item("nobody", on_hand=5))

    assert answer.json == {"told": 1, "unknown_skus": ["nobody"]}
    assert shelf(house).on_hand == 1


def test_of_a_sku_that_comes_twice_the_last_word_counts(till, house):
    answer = tell(till, item("C30", on_hand=1), item("C30", on_hand=2))

    assert answer.json["told"] == 1
    assert shelf(house).on_hand == 2


def test_a_till_tells_of_its_own_store_alone_and_nobody_of_the_future(till, make_caller, house):
    elsewhere = tell(till, item("C30", on_hand=1), store=house.hubin.store.code)
    ahead = tell(till, item("C30", on_hand=1), at=clock.now() + timedelta(hours=1))

    assert why(elsewhere) == (404, "no_store")
    assert why(ahead) == (422, "goods_too_new")


def test_a_key_for_sales_may_not_tell_prices(make_caller):
    caller = make_caller("orders:write")
    told = {"at": clock.now().isoformat(), "items": [item("C30", on_hand=1)]}

    assert caller.post("/goods", told, key="the-key-of-goods").status_code == 403


@pytest.mark.parametrize("wrong", [{"on_hand": -1}, {"price_fen": -1}, {"on_hand": "3"}])
def test_figures_that_cannot_be_are_refused(till, house, wrong):
    assert tell(till, {"sku": "C30"} | wrong).status_code == 422
    assert shelf(house) == Shelf(None, None, None)
