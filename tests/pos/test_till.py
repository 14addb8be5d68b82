"""A sale at the counter, from the shopper's code to the return."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.coupons import queries as coupon_queries
from app.coupons import service as coupons
from app.coupons.models import Coupon, Redemption
from app.coupons.rule import Amount, Goods, Percent, Rule, Selector
from app.members import codes
from app.orders.models import Order
from tests.pos.tills import BASKET, CREAM, code_of, give, open_till

THIRTY = Rule(Amount(3_000), min_spend_fen=19_900)
CREAM_CHEAPER = Rule(Percent(2_000), goods=Goods(only=(Selector(sku=CREAM),)))


@pytest.fixture
def till(client, house, mei):
    """Wei's store has one."""
    return open_till(client, house, mei, house.jingan)


@pytest.fixture
def other_till(client, house, mei):
    """Bo's store too."""
    return open_till(client, house, mei, house.hubin, "收银二号")


@pytest.fixture
def coupon(house, lin) -> int:
    return give(house, lin, THIRTY)


def why(answer) -> tuple[int, str]:
    return answer.status_code, answer.json["type"].removeprefix("/problems/")


def coupon_row(house, coupon_id: int) -> Coupon:
    with db.transaction(house.brand.id):
        return db.get(Coupon, coupon_id)


# She stands at the till


def test_a_till_learns_its_store_the_time_and_the_key_for_codes(till, house):
    found = till.caller.get("/till").json

    assert (found["store"], found["store_name"]) == (house.jingan.store.code, "静安寺店")
    assert len(found["code_key"]) == 44


def test_her_code_says_who_she_is_and_what_she_may_use(till, house, lin, coupon):
    found = till.scans(code_of(house, lin)).json

    assert found["number"] == lin.number
    assert [one["coupon_id"] for one in found["benefits"]["usable"]] == [coupon]
    assert "13800005678" not in str(found)


def test_the_digits_of_her_bar_code_do_as_well(till, house, lin):
    with db.transaction(house.brand.id):
        digits = codes.of_member(lin.id, clock.now()).digits

    assert till.scans(digits).json["number"] == lin.number


def test_a_screenshot_is_worthless_after_its_minute(till, house, lin):
    code = code_of(house, lin)
    clock.move(timedelta(minutes=3))

    assert why(till.scans(code)) == (409, "member_code_ended")


def test_a_code_that_one_till_has_scanned_opens_nothing_at_another(till, other_till, house, lin):
    code = code_of(house, lin)
    first = till.scans(code)

    again, elsewhere = till.scans(code), other_till.scans(code)

    assert again.json["shopper"] == first.json["shopper"]
    assert why(elsewhere) == (409, "member_code_used")


def test_a_phone_does_where_there_is_no_code(till, lin):
    found = till.caller.post("/shoppers", {"phone": "138 0000 5678"}).json

    assert found["number"] == lin.number


def test_code_and_phone_at_once_are_refused(till, lin):
    assert till.caller.post("/shoppers", {"code": "1", "phone": "13800005678"}).status_code == 422
    assert till.caller.post("/shoppers", {}).status_code == 422


# The price


def test_a_quote_takes_the_best_and_says_why_the_others_stay(till, house, lin, coupon):
    cream = give(house, lin, CREAM_CHEAPER)
    later = give(house, lin, Rule(Amount(5_000), min_spend_fen=99_900))

    quote = till.asks(till.greets(lin)).json

    assert {one["coupon_id"]: one["off_fen"] for one in quote["applied"]} == {
        coupon: 3_000,
        cream: 4_580,
    }
    assert quote["payable_fen"] == 41_800 - 7_580
    (refused,) = quote["refused"]
    assert (refused["coupon_id"], refused["reason"]) == (later, "below_minimum")
    assert refused["shopper"] == "再买 ¥581 适用商品就能用"
    assert refused["cashier"] == "适用商品未满门槛，还差 ¥581"


def test_the_cashier_may_choose_which_coupons(till, house, lin, coupon):
    cream = give(house, lin, CREAM_CHEAPER)

    quote = till.asks(till.greets(lin), coupons=[cream]).json

    assert [one["coupon_id"] for one in quote["applied"]] == [cream]


# Reserve, settle, void


def test_a_reserved_coupon_is_nobody_elses_until_it_is_paid(till, other_till, house, lin, coupon):
    reserved = till.reserves(till.greets(lin))
    clock.move(timedelta(minutes=1))

    elsewhere = other_till.asks(other_till.greets(lin)).json

    assert (reserved.status_code, reserved.json["payable_fen"]) == (201, 38_800)
    assert elsewhere["applied"] == []
    assert [one["reason"] for one in elsewhere["refused"]] == ["held"]


def test_what_is_paid_is_an_order_with_its_coupon_used(till, house, lin, coupon):
    till.reserves(till.greets(lin))

    done = till.settles(fen=38_800, guide="wei")

    assert (done.status_code, done.json["paid_fen"], done.json["state"]) == (200, 38_800, "settled")
    with db.transaction(house.brand.id):
        order = session.scalars(select(Order)).one()
        use = session.scalars(select(Redemption)).one()
    assert (order.member_id, order.staff_id, order.coupon_fen) == (lin.id, house.wei.id, 3_000)
    assert (use.order_id, use.state, use.discount_fen) == (order.id, "redeemed", 3_000)


def test_each_step_may_be_said_twice(till, house, lin, coupon):
    shopper = till.greets(lin)
    reserved = [till.reserves(shopper, payable_fen=38_800).json for _ in range(2)]
    at = clock.now().isoformat()

    settled = [till.settles(fen=38_800, at=at) for _ in range(2)]

    assert reserved[0] == reserved[1]
    assert [answer.status_code for answer in settled] == [200, 200]
    with db.transaction(house.brand.id):
        assert len(session.scalars(select(Redemption)).all()) == 1
        assert len(session.scalars(select(Order)).all()) == 1


def test_the_same_key_with_another_basket_is_refused(till, lin, coupon):
    shopper = till.greets(lin)
    till.reserves(shopper)

    other = till.reserves(shopper, lines=BASKET[:1])

    assert why(other) == (422, "checkout_differs")


def test_a_price_that_is_not_the_one_she_was_told_is_refused_with_the_new_one(till, lin, coupon):
    answer = till.reserves(till.greets(lin), payable_fen=41_800)

    assert why(answer) == (409, "price_changed")
    assert answer.json["quote"]["payable_fen"] == 38_800


def test_payments_that_do_not_add_up_settle_nothing(till, house, lin, coupon):
    till.reserves(till.greets(lin))

    assert why(till.settles(fen=38_799)) == (422, "order_unbalanced")
    assert coupon_row(house, coupon).held == 1


def test_a_void_gives_the_coupon_back(till, house, lin, coupon):
    shopper = till.greets(lin)
    till.reserves(shopper)

    states = [till.voids().json["state"] for _ in range(2)]

    assert states == ["voided", "voided"]
    assert why(till.settles(fen=38_800)) == (409, "checkout_ended")
    assert [one["coupon_id"] for one in till.asks(shopper).json["applied"]] == [coupon]


def test_what_is_paid_cannot_be_voided(till, lin, coupon):
    till.reserves(till.greets(lin))
    till.settles(fen=38_800)

    assert why(till.voids()) == (409, "checkout_paid")


def test_a_late_payment_counts_while_the_coupon_is_free(till, house, lin, coupon):
    till.reserves(till.greets(lin))
    clock.move(timedelta(hours=1))

    assert till.settles(fen=38_800).status_code == 200
    assert coupon_row(house, coupon).used == 1


def test_a_late_payment_whose_coupon_went_elsewhere_is_refused_with_words(
    till, other_till, house, lin, coupon
):
    till.reserves(till.greets(lin))
    clock.move(timedelta(hours=1))
    other_till.reserves(other_till.greets(lin), "B-0002")
    other_till.settles("B-0002", "R-0002", 38_800)

    late = till.settles(fen=38_800)

    assert late.status_code == 409
    assert late.json["reason"] == "taken_meanwhile"
    assert late.json["cashier"].endswith("请按原价补收")


def test_a_key_of_another_store_finds_none_of_it(till, other_till, lin, coupon):
    shopper = till.greets(lin)
    till.reserves(shopper)

    assert why(other_till.asks(shopper)) == (404, "no_shopper")
    assert why(other_till.settles(fen=38_800)) == (404, "no_checkout")
    assert why(other_till.voids()) == (404, "no_checkout")
    assert why(other_till.caller.get("/checkouts/B-0001")) == (404, "no_checkout")
    till.settles(fen=38_800)
    assert why(other_till.takes_back()) == (404, "no_order")
    assert why(other_till.corrects()) == (404, "no_order")
    store = till.store.store.code
    assert why(other_till.post("/orders", other_till.sold(store=store))) == (404, "no_store")


# Coming back


def test_a_whole_return_gives_the_coupon_back(till, house, lin, coupon):
    till.reserves(till.greets(lin))
    till.settles(fen=38_800)

    back = till.takes_back()

    assert (back.status_code, back.json["refund_fen"]) == (201, 38_800)
    assert coupon_row(house, coupon).used == 0


def test_of_a_part_the_coupon_counts_as_given_by_its_shares(till, house, lin, coupon):
    till.reserves(till.greets(lin))
    till.settles(fen=38_800)

    till.takes_back(lines=[{"line_no": 1, "quantity": 1}])
    till.takes_back(return_no="X-0002", lines=[{"line_no": 2, "quantity": 1}])

    with db.transaction(house.brand.id):
        use = session.scalars(select(Redemption)).one()
        order = session.scalars(select(Order)).one()
    assert (use.state, use.refunded_fen) == ("partly_refunded", 3_000)
    assert (order.returned_fen, order.state) == (38_800, "returned")
    assert coupon_row(house, coupon).used == 1


def test_a_cancelled_order_gives_the_coupon_back(till, house, lin, coupon):
    till.reserves(till.greets(lin))
    till.settles(fen=38_800)

    done = till.post("/orders/R-0001/cancel", {"at": clock.now().isoformat()})

    assert (done.status_code, done.json["refund_fen"]) == (201, 38_800)
    assert coupon_row(house, coupon).used == 0


def test_a_return_that_comes_before_its_sale_gives_the_coupon_back_with_it(
    till, house, lin, coupon
):
    till.reserves(till.greets(lin))
    early = till.takes_back()

    till.settles(fen=38_800)

    assert early.json["state"] == "waiting"
    assert coupon_row(house, coupon).used == 0


def test_a_sample_goes_off_the_shelf_with_the_sale(till, house, lin):
    with db.transaction(house.brand.id):
        (batch,) = coupons.batches(["essence5ml"])
        coupons.issue(batch, lin.id, "test")

    def left() -> int:
        found = till.scans(code_of(house, lin)).json["benefits"]
        return (found["usable"] + found["used"])[0]["store_left"]

    before = left()
    till.reserves(till.greets(lin))
    till.settles(fen=41_800)
    clock.move(timedelta(minutes=1))

    assert before == 18
    with db.transaction(house.brand.id):
        assert coupon_queries.samples_left([batch.id], house.jingan.id) == {batch.id: 17}


def test_all_three_sentences_of_a_refusal_are_there(till, house, lin):
    give(house, lin, Rule(Amount(100), store_ids=frozenset({house.hubin.id})))

    (later,) = till.scans(code_of(house, lin)).json["benefits"]["later"]

    assert later["why"] == {
        "reason": "other_store",
        "shopper": "这家店不能用，看看适用门店",
        "cashier": "不在适用门店",
    }
