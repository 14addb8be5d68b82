"""What tills sold and redeemed while the network was down, told afterwards."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from app.benefits.models import TillConflict
from app.core import clock, db
from app.core.db import session
from app.coupons.models import Coupon, Redemption
from app.coupons.models.coupons import USES
from app.coupons.rule import Amount, Rule
from app.orders.models import Order
from tests import factories
from tests.pos.tills import code_of, give, open_till

THIRTY = Rule(Amount(3_000))


@pytest.fixture
def till(client, house, mei):
    return open_till(client, house, mei, house.jingan)


@pytest.fixture
def other_till(client, house, mei):
    return open_till(client, house, mei, house.hubin, "收银二号")


@pytest.fixture
def coupon(house, lin) -> int:
    return give(house, lin, THIRTY)


@pytest.fixture
def look(house):
    def read(wanted):
        with db.transaction(house.brand.id):
            return list(session.scalars(wanted))

    return read


def sale(till, lin, coupon=None, *, key="OFF-1", order_no="OFF-R1", at=None, **more):
    """What a till writes into its own memory: the code is checked by the public key alone."""
    at = at or clock.now()
    code = code_of(till.house, lin)
    off = 3_000 if coupon else 0
    line = {"line_no": 1, "sku": "CREAM50", "quantity": 1, "list_fen": 22_900}
    line |= {"paid_fen": 22_900 - off, "coupon_fen": off}
    given = [{"coupon_id": coupon, "fen": off}] if coupon else []
    told = {"key": key, "order_no": order_no, "at": at.isoformat(), "lines": [line]}
    return told | {"code": code, "scanned_at": at.isoformat(), "coupons": given} | more


def synced(till, *sales):
    answer = till.post("/offline", {"sales": list(sales)})
    assert answer.status_code == 200, answer.json
    return answer.json["sales"]


def test_a_till_alone_checks_her_code_by_the_brands_key(till, house, lin):
    key = Ed25519PublicKey.from_public_bytes(
        base64.b64decode(till.caller.get("/till").json["code_key"])
    )
    code = code_of(house, lin)

    key.verify(base64.b32decode(code[-103:] + "="), code[:-103].encode())


def test_a_sale_and_its_coupon_are_taken_in_hours_later(till, lin, coupon, look):
    told = sale(till, lin, coupon)
    clock.move(timedelta(hours=5))

    (done,) = synced(till, told)

    assert (done["is_new"], done["is_known"], done["conflicts"]) == (True, True, [])
    (order,) = look(select(Order))
    assert (order.member_id, order.paid_fen) == (lin.id, 19_900)
    (use,) = look(select(Redemption))
    assert (use.state, use.discount_fen, use.order_id) == ("redeemed", 3_000, order.id)


def test_the_same_batch_again_is_the_first(till, lin, coupon, look):
    told = sale(till, lin, coupon)
    first = synced(till, told)

    again = synced(till, told)

    assert again == [first[0] | {"is_new": False}]
    assert len(look(select(Order))) == len(look(select(Redemption))) == 1


def test_a_coupon_that_ended_meanwhile_is_judged_by_the_moment_at_the_till(till, house, lin, look):
    short = give(house, lin, THIRTY)
    with db.transaction(house.brand.id):
        db.get(Coupon, short).valid_until = clock.now() + timedelta(hours=1)
    told = sale(till, lin, short)
    clock.move(timedelta(hours=5))

    (done,) = synced(till, told)

    assert done["conflicts"] == []


def test_of_two_tills_the_one_that_told_first_and_was_first_keeps_the_coupon(
    till, other_till, house, lin, coupon, look
):
    first = sale(till, lin, coupon)
    clock.move(timedelta(minutes=3))
    second = sale(other_till, lin, coupon, key="OFF-2", order_no="OFF-R2")

    synced(till, first)
    (lost,) = synced(other_till, second)

    (conflict,) = lost["conflicts"]
    assert (conflict["kind"], conflict["is_ours"], conflict["lost_fen"]) == ("coupon", True, 3_000)
    assert {order.order_no for order in look(select(Order))} == {"OFF-R1", "OFF-R2"}
    (row,) = look(select(TillConflict))
    assert (row.lost_store_id, row.won_store_id) == (house.hubin.id, house.jingan.id)


def test_the_earlier_till_wins_also_when_it_is_told_later(
    till, other_till, house, lin, coupon, look
):
    first = sale(till, lin, coupon)
    clock.move(timedelta(minutes=3))
    second = sale(other_till, lin, coupon, key="OFF-2", order_no="OFF-R2")

    synced(other_till, second)
    (won,) = synced(till, first)

    assert [one["is_ours"] for one in won["conflicts"]] == [False]
    (standing,) = look(select(Redemption).where(Redemption.state.in_(USES)))
    assert standing.store_id == house.jingan.id
    (row,) = look(select(TillConflict))
    assert (row.lost_store_id, row.lost_fen) == (house.hubin.id, 3_000)
    (coupon_row,) = look(select(Coupon).filter_by(id=coupon))
    assert coupon_row.used == 1


def test_a_till_alone_loses_to_an_earlier_use_over_the_network(till, other_till, lin, coupon, look):
    other_till.reserves(other_till.greets(lin), "B-9")
    other_till.settles("B-9", "R-9", 38_800)
    clock.move(timedelta(minutes=3))

    (lost,) = synced(till, sale(till, lin, coupon))

    assert [one["reason"] for one in lost["conflicts"]] == ["used"]


def test_one_code_at_two_tills_is_found_and_the_second_sale_is_nobodys(till, other_till, lin, look):
    synced(till, sale(till, lin))

    (done,) = synced(other_till, sale(other_till, lin, key="OFF-2", order_no="OFF-R2"))

    assert not done["is_known"]
    assert [one["kind"] for one in done["conflicts"]] == ["code"]
    assert [order.member_id for order in look(select(Order).order_by(Order.id))] == [lin.id, None]


def test_a_code_that_was_not_of_that_minute_names_nobody(till, lin, look):
    told = sale(till, lin)
    told["scanned_at"] = (clock.now() + timedelta(minutes=5)).isoformat()

    (done,) = synced(till, told)

    assert [one["reason"] for one in done["conflicts"]] == ["member_code_ended"]
    assert [order.member_id for order in look(select(Order))] == [None]


def test_somebody_elses_coupon_is_refused_and_the_sale_is_kept(till, house, lin, look):
    fan = factories.make_fan(house.brand.id, house.brand.service.id, "o-xu")
    xu = factories.make_member(house.brand.id, fan.id, "13900001234")
    hers = give(house, xu, THIRTY)

    (done,) = synced(till, sale(till, lin, hers))

    assert [(one["kind"], one["reason"]) for one in done["conflicts"]] == [("refused", "no_coupon")]
    assert len(look(select(Order))) == 1


def test_one_that_is_refused_does_not_hinder_the_others(till, lin, look):
    told = sale(till, lin)
    synced(till, told)
    other = dict(told, key="OFF-2", lines=[told["lines"][0] | {"paid_fen": 1}])
    clock.move(timedelta(minutes=3))
    good = sale(till, lin, key="OFF-3", order_no="OFF-R3")

    refused, taken = synced(till, other, good)

    assert refused["refusal"]["reason"] == "order_differs"
    assert taken["is_new"]


def test_what_comes_back_of_an_offline_sale_refunds_its_coupon(till, lin, coupon, look):
    synced(till, sale(till, lin, coupon))

    till.takes_back("OFF-R1")

    (row,) = look(select(Coupon).filter_by(id=coupon))
    assert row.used == 0
