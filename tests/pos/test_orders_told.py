"""Orders, returns, corrections and the sums of a day, as tills and ERP tell them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.orders.models import Order
from tests.pos.test_till import why
from tests.pos.tills import CREAM, open_till


@pytest.fixture
def till(client, house, mei):
    return open_till(client, house, mei, house.jingan)


@pytest.fixture
def other_till(client, house, mei):
    return open_till(client, house, mei, house.hubin, "收银二号")


def today() -> str:
    return clock.business_day(clock.now()).isoformat()


def orders_of(house) -> list[Order]:
    with db.transaction(house.brand.id):
        return list(session.scalars(select(Order).order_by(Order.id)))


def test_a_sale_is_taken_with_who_she_is_and_who_sold_it(till, house, lin):
    answer = till.post("/orders", till.sold(number=lin.number, guide="wei"))

    assert (answer.status_code, answer.json["points_earned"]) == (201, 229)
    assert answer.json["unknown_skus"] == [CREAM]
    (order,) = orders_of(house)
    assert (order.member_id, order.staff_id, order.store_id) == (
        lin.id,
        house.wei.id,
        house.jingan.id,
    )


def test_the_same_sale_again_is_the_first_and_with_another_amount_is_refused(till, house, lin):
    told = till.sold(number=lin.number)
    till.post("/orders", told)

    again = till.post("/orders", told)
    line = told["lines"][0] | {"paid_fen": 100}
    other = till.post("/orders", told | {"lines": [line]})

    assert (again.status_code, again.json["is_new"]) == (201, False)
    assert why(other) == (422, "order_differs")
    assert len(orders_of(house)) == 1


def test_under_the_same_key_another_amount_is_refused(till, house):
    told = till.sold()
    till.post("/orders", told, key="the-same-key")

    line = told["lines"][0] | {"paid_fen": 100}
    other = till.post("/orders", told | {"lines": [line]}, key="the-same-key")

    assert why(other) == (422, "idempotency_key_reused")


def test_somebody_who_forgot_her_card_is_put_on_the_order_afterwards(till, house, lin):
    till.post("/orders", till.sold())

    answer = till.corrects(number=lin.number)

    assert (answer.status_code, answer.json["points_earned"]) == (200, 229)
    assert [order.member_id for order in orders_of(house)] == [lin.id]


def test_an_erp_of_the_whole_brand_says_which_store(make_caller, house):
    erp = make_caller("orders:write")
    line = {"line_no": 1, "sku": CREAM, "quantity": 1, "paid_fen": 100, "list_fen": 100}
    told = {"order_no": "E1", "at": clock.now().isoformat(), "lines": [line]}

    unsaid = erp.post("/orders", told, key="erp-key-1")
    said = erp.post("/orders", told | {"store": house.hubin.store.code}, key="erp-key-2")
    unknown = erp.post("/orders", told | {"store": "nowhere"}, key="erp-key-3")

    assert (unsaid.status_code, list(unsaid.json["fields"]["json"])) == (422, ["store"])
    assert said.status_code == 201
    assert why(unknown) == (404, "no_store")


def test_an_unknown_guide_is_named(till):
    answer = till.post("/orders", till.sold(guide="nobody"))

    assert why(answer) == (422, "no_guide")


def test_a_day_that_agrees_is_equal(till):
    till.post("/orders", till.sold())

    day = till.post(f"/days/{today()}", {"count": 1, "fen": 22_900}).json

    assert (day["is_equal"], day["ours"]) == (
        True,
        {"count": 1, "fen": 22_900, "return_count": 0, "return_fen": 0},
    )


def test_differences_of_a_day_are_named_by_receipt_and_go_when_they_are_mended(till, house):
    till.post("/orders", till.sold("A"))
    till.post("/orders", till.sold("B"))
    receipts = [
        {"order_no": "A", "paid_fen": 22_800},
        {"order_no": "C", "paid_fen": 22_900},
    ]

    day = till.post(f"/days/{today()}", {"count": 2, "fen": 45_700, "orders": receipts}).json

    assert not day["is_equal"]
    assert [(one["order_no"], one["why"]) for one in day["differences"]] == [
        ("A", "amount"),
        ("B", "missing_there"),
        ("C", "missing_here"),
    ]
    till.post("/orders", till.sold("C"))
    mended = till.caller.get(f"/days/{today()}").json
    assert [one["order_no"] for one in mended["differences"]] == ["A", "B"]


def test_returns_count_on_the_day_on_which_they_came(till):
    sold = till.sold(at=(clock.now() - timedelta(days=2)).isoformat())
    till.post("/orders", sold)
    till.takes_back()

    day = till.caller.get(f"/days/{today()}").json

    assert day["told"] is None
    assert day["ours"] == {"count": 0, "fen": 0, "return_count": 1, "return_fen": 22_900}


def test_a_day_of_another_store_is_not_shown(till, other_till):
    till.post("/orders", till.sold())

    assert other_till.caller.get(f"/days/{today()}").json["ours"]["count"] == 0
    elsewhere = other_till.post(
        f"/days/{today()}", {"count": 0, "fen": 0, "store": till.store.store.code}
    )
    assert why(elsewhere) == (404, "no_store")
