"""What Wei redeems on her phone and the sale that the till tells by itself are one: what comes
back of the sale brings its coupons back, whichever is heard of first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.benefits.models import Checkout
from app.core import clock, db
from app.core.db import session
from app.coupons.models import Coupon, Redemption
from app.coupons.rule import Amount, Rule
from app.orders.models import Order
from app.points import service as bank
from app.points.models import PointsHold
from app.staff.models import Face
from tests import factories
from tests.guides.test_redeeming import fields
from tests.pos.tills import CREAM, SERUM, code_of, give, open_till

LINES = [
    {"line_no": 1, "sku": CREAM, "quantity": 1, "paid_fen": 21_300, "list_fen": 22_900},
    {"line_no": 2, "sku": SERUM, "quantity": 1, "paid_fen": 17_500, "list_fen": 18_900},
]


@pytest.fixture
def mei(house):
    return factories.actor(factories.sign_in("mei", Face.CONSOLE), Face.CONSOLE)


@pytest.fixture
def till(built_app, house, mei):
    return open_till(built_app.test_client(), house, mei, house.jingan)


@pytest.fixture
def lin(house):
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    return factories.make_member(house.brand.id, fan.id)


@pytest.fixture
def coupon(house, lin) -> int:
    return give(house, lin, Rule(Amount(3_000)), value_fen=3_000)


@pytest.fixture
def redeems(wei, house, lin):
    """Wei redeems the best for ¥418 of goods; answers where the page leads."""

    def act(amount: str = "418", **more):
        counter = wei.post("/guide/redeem", code=code_of(house, lin)).location
        page = wei.page(f"{counter}?amount={amount}&sku=" + more.pop("asked", ""))
        return wei.post(counter, **fields(page), **more)

    return act


def sold(till, lin, order_no: str = "R-1", **more):
    body = till.sold(order_no, number=lin.number, lines=LINES) | more
    answer = till.post("/orders", body)
    assert answer.status_code in (200, 201), answer.json
    return answer


def left(house, coupon_id: int) -> int:
    with db.transaction(house.brand.id):
        return session.scalars(select(Coupon.uses - Coupon.used).filter_by(id=coupon_id)).one()


def joined(house) -> list[int | None]:
    with db.transaction(house.brand.id):
        return list(session.scalars(select(Checkout.order_id).order_by(Checkout.id)))


def the_use(house) -> Redemption:
    with db.transaction(house.brand.id):
        return session.scalars(select(Redemption)).one()


def test_the_tills_sale_of_the_day_finds_what_was_redeemed(till, house, lin, coupon, redeems):
    redeems()
    sold(till, lin)

    assert joined(house) != [None]
    assert the_use(house).order_id == joined(house)[0]


def test_a_whole_return_gives_the_coupon_back_once(till, house, lin, coupon, redeems):
    redeems()
    sold(till, lin)

    at = clock.now().isoformat()
    answers = [till.takes_back("R-1", "X-1", at=at) for _ in range(2)]

    assert [answer.json["is_new"] for answer in answers] == [True, False]
    assert left(house, coupon) == 1
    assert the_use(house).state == "rolled_back"


def test_a_part_that_comes_back_counts_for_its_worth(till, house, lin, coupon, redeems):
    redeems()
    sold(till, lin)

    for line_no in (1, 2):
        back = {"lines": [{"line_no": line_no, "quantity": 1}], "at": clock.now().isoformat()}
        for _ in range(2):
            till.takes_back("R-1", f"X-{line_no}", **back)
        if line_no == 1:
            assert the_use(house).refunded_fen == 3_000 * 22_900 // 41_800

    assert (the_use(house).refunded_fen, left(house, coupon)) == (3_000, 0)


def test_a_return_that_is_heard_of_before_its_sale_waits_for_both(
    till, house, lin, coupon, redeems
):
    redeems()
    assert till.takes_back("R-1", "X-1").json["state"] == "waiting"

    sold(till, lin)

    assert left(house, coupon) == 1


def test_a_sale_that_is_told_first_is_found_by_the_guide(till, house, lin, coupon, redeems):
    sold(till, lin)
    page = redeems().location

    till.takes_back("R-1", "X-1")

    assert "use=" in page
    assert left(house, coupon) == 1


def test_a_cancelled_sale_does_the_same(till, house, lin, coupon, redeems):
    redeems()
    sold(till, lin)

    till.post("/orders/R-1/cancel", {"at": clock.now().isoformat()})

    assert left(house, coupon) == 1


@pytest.mark.parametrize("differs", ["amount", "member", "store", "day"])
def test_another_sale_is_not_taken_for_it(
    till, house, lin, coupon, redeems, differs, mei, built_app
):
    if differs == "amount":
        more, at_till = {"lines": [LINES[0] | {"paid_fen": 21_301}, LINES[1]]}, till
    elif differs == "member":
        more, at_till = {"number": None}, till
    elif differs == "store":
        more, at_till = {}, open_till(built_app.test_client(), house, mei, house.hubin, "二号")
    else:
        day_before = (clock.now() - timedelta(days=1)).isoformat()
        more, at_till = {"at": day_before}, till
    redeems()

    body = till.sold("R-1", number=lin.number, lines=LINES) | more
    at_till.post("/orders", {name: value for name, value in body.items() if value is not None})

    assert joined(house) == [None]


def test_each_of_two_equal_sales_takes_one(till, house, lin, coupon, redeems):
    give(house, lin, Rule(Amount(3_000)), value_fen=3_000)
    redeems(asked=f"&chosen=1&coupon={coupon}")
    clock.move(timedelta(minutes=2))
    redeems()
    for number in ("R-1", "R-2", "R-3"):
        sold(till, lin, number)

    with db.transaction(house.brand.id):
        orders = session.scalars(select(Order.id).order_by(Order.order_no)).all()
    assert sorted(joined(house)) == sorted(orders[:2])


def test_the_number_of_the_receipt_names_the_sale_whatever_it_cost(
    till, house, lin, coupon, redeems
):
    redeems(receipt="R-7")
    sold(till, lin, "R-6")
    assert joined(house) == [None]

    sold(till, lin, "R-7", lines=[LINES[0]])

    assert joined(house) != [None]


def test_a_receipt_that_is_anothers_or_gone_is_said_at_the_counter(
    till, house, lin, coupon, redeems
):
    fan = factories.make_fan(house.brand.id, house.brand.service.id, "o-hua")
    hua = factories.make_member(house.brand.id, fan.id, "13800009999")
    sold(till, hua, "R-8")
    sold(till, lin, "R-9")
    till.takes_back("R-9", "X-9")

    others, gone = redeems(receipt="R-8"), redeems(receipt="R-9")

    assert (others.status_code, gone.status_code) == (409, 409)
    assert "另一位会员的单" in others.get_data(as_text=True)
    assert "已经退货" in gone.get_data(as_text=True)
    assert left(house, coupon) == 1


def test_a_corrected_amount_finds_it_too(till, house, lin, coupon, redeems):
    redeems()
    sold(till, lin, lines=[LINES[0]])
    assert joined(house) == [None]

    till.corrects("R-1", number=lin.number, lines=LINES)

    assert joined(house) != [None]


def test_the_guide_may_still_take_it_back_until_the_till_has(
    till, house, wei, lin, coupon, redeems
):
    done = redeems().location
    sold(till, lin)
    undo, use = done.partition("/done")[0] + "/undo", done.rpartition("use=")[2]

    assert wei.post(undo, use=use).status_code == 303
    assert (left(house, coupon), joined(house)) == (1, [None])


def test_after_a_return_there_is_nothing_to_take_back(till, house, wei, lin, coupon, redeems):
    done = redeems().location
    sold(till, lin)
    till.takes_back("R-1", "X-1")

    answer = wei.post(done.partition("/done")[0] + "/undo", use=done.rpartition("use=")[2])

    assert answer.status_code == 409
    assert left(house, coupon) == 1


def test_points_that_were_spent_by_hand_come_back_by_their_share(till, house, lin, redeems):
    with db.transaction(house.brand.id):
        bank.earn(lin.id, amount=10_000, kind="earn", reference="gift")
    redeems(asked="&points=1")
    with db.transaction(house.brand.id):
        spent, paid = session.execute(select(Checkout.points, Checkout.payable_fen)).one()
    sold(till, lin, lines=[LINES[0] | {"quantity": 2, "paid_fen": paid, "list_fen": 41_800}])
    back = [{"line_no": 1, "quantity": 1}]

    came = []
    for number in ("X-1", "X-2"):
        till.takes_back("R-1", number, back)
        with db.transaction(house.brand.id):
            came.append(session.scalars(select(PointsHold.given_back)).one())

    assert spent > 0
    assert came == [spent // 2, spent]
