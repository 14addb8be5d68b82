"""Two tills at the same moment, 64 requests over real HTTP: exact every time."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from app.core import clock, db
from app.core.db import session
from app.coupons.models import Coupon, Redemption
from app.coupons.rule import Amount, Rule
from app.orders.models import Order, OrderReturn
from tests.pos.tills import BASKET, Till, give, open_till
from tests.pos.wire import Wire, at_once, over, posting, served

pytestmark = [pytest.mark.race, pytest.mark.flow]
MANY = 64
PAYABLE = 38_800


@pytest.fixture
def tills(own_database, built_app, client, house, mei):
    """One in Wei's store, one in Bo's, both over a socket."""
    opened = [
        open_till(client, house, mei, house.jingan),
        open_till(client, house, mei, house.hubin, "收银二号"),
    ]
    with served(built_app) as url:
        yield [Till(over(Wire(url), till.caller), house, till.store) for till in opened]


@pytest.fixture
def coupon(tills, house, lin) -> int:
    return give(house, lin, Rule(Amount(3_000)))


@pytest.fixture
def shoppers(tills, lin) -> list[str]:
    """She stands at both, as if a picture of her were enough."""
    return [
        till.caller.post("/shoppers", {"phone": "13800005678"}).json["shopper"] for till in tills
    ]


def baskets(tills, shoppers, **more):
    """Half of the requests at each till, every one a sale of its own."""
    return [
        (tills[n % 2], {"shopper": shoppers[n % 2], "lines": BASKET, "key": f"B-{n:04d}"} | more)
        for n in range(MANY)
    ]


def read(house, wanted):
    with db.transaction(house.brand.id):
        return session.scalar(wanted)


def test_one_coupon_at_two_tills_is_used_once(tills, shoppers, house, coupon):
    asked = baskets(tills, shoppers, payable_fen=PAYABLE)

    reserved = at_once([posting(till.caller, "/checkouts", body) for till, body in asked])

    won = [n for n, answer in enumerate(reserved) if answer.status_code == 201]
    assert Counter(answer.status_code for answer in reserved) == {201: 1, 409: MANY - 1}
    till, body = asked[won[0]]
    paid = {"order_no": "R-1", "at": clock.now().isoformat()}
    settled = at_once(
        [posting(till.caller, f"/checkouts/{body['key']}/settle", paid) for _ in range(MANY)]
    )
    assert {answer.status_code for answer in settled} == {200}
    assert read(house, select(Coupon.used).filter_by(id=coupon)) == 1
    assert read(house, select(func.count(Redemption.id))) == 1
    assert read(house, select(func.count(Order.id))) == 1


def test_tills_that_trust_the_quote_alone_give_it_away_many_times(tills, shoppers, house, coupon):
    """The control: without reserving, the same 64 sales all take the money off."""
    asked = baskets(tills, shoppers)
    quotes = [
        lambda till=till, body=body: till.caller.post(
            "/quotes", {name: body[name] for name in ("shopper", "lines")}
        )
        for till, body in asked
    ]

    given = [answer.json["applied"] for answer in at_once(quotes)]

    assert sum(len(applied) for applied in given) > 1


def test_one_basket_told_64_times_is_one_promise(tills, shoppers, house, coupon):
    body = {"shopper": shoppers[0], "lines": BASKET, "key": "B-1", "payable_fen": PAYABLE}

    answers = at_once([posting(tills[0].caller, "/checkouts", body) for _ in range(MANY)])

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["until"] for answer in answers}) == 1
    assert read(house, select(func.count(Redemption.id))) == 1


def test_paid_and_given_up_at_once_is_one_of_the_two(tills, shoppers, house, coupon):
    till = tills[0]
    till.reserves(shoppers[0], "B-1", payable_fen=PAYABLE)
    paid = {"order_no": "R-1", "at": clock.now().isoformat()}
    acts = [posting(till.caller, "/checkouts/B-1/settle", paid) for _ in range(MANY // 2)]
    acts += [posting(till.caller, "/checkouts/B-1/void", {}) for _ in range(MANY // 2)]

    answers = at_once(acts)

    kinds = [
        {answer.status_code for answer in half}
        for half in (answers[: MANY // 2], answers[MANY // 2 :])
    ]
    assert kinds in ([{200}, {409}], [{409}, {200}])
    is_paid = kinds[0] == {200}
    assert read(house, select(Coupon.used).filter_by(id=coupon)) == is_paid
    assert read(house, select(func.count(Order.id))) == is_paid


def test_one_sale_told_64_times_is_one_order(tills, house):
    told = tills[0].sold("R-1")

    answers = at_once([posting(tills[0].caller, "/orders", told) for _ in range(MANY)])

    assert {answer.status_code for answer in answers} == {201}
    assert sum(answer.json["is_new"] for answer in answers) == 1
    assert read(house, select(func.count(Order.id))) == 1


@pytest.mark.parametrize("attempt", range(4))
def test_a_sale_and_its_return_that_come_at_the_same_moment_find_each_other(tills, house, attempt):
    till = tills[0]
    back = {"return_no": "X-1", "at": clock.now().isoformat()}
    acts = [
        posting(till.caller, "/orders", till.sold("R-1")),
        posting(till.caller, "/orders/R-1/returns", back),
    ]

    answers = at_once(acts if attempt % 2 else acts[::-1])

    assert {answer.status_code for answer in answers} == {201}
    assert read(house, select(OrderReturn.state)) == "applied"
    assert read(house, select(Order.returned_fen)) == 22_900


def test_of_64_returns_of_one_unit_one_is_taken(tills, house):
    till = tills[0]
    posting(till.caller, "/orders", till.sold("R-1"))()
    line = {"line_no": 1, "quantity": 1}
    returns = [
        {"return_no": f"X-{n}", "at": clock.now().isoformat(), "lines": [line]} for n in range(MANY)
    ]

    answers = at_once([posting(till.caller, "/orders/R-1/returns", one) for one in returns])

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: MANY - 1}
    assert read(house, select(Order.returned_fen)) == 22_900
