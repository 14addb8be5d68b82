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
from app.points import queries as points
from app.points.queries import checking
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


def test_a_lost_coupon_does_not_hinder_the_return(till, other_till, lin, coupon, look):
    first = sale(till, lin, coupon)
    clock.move(timedelta(minutes=3))
    synced(till, first)
    synced(other_till, sale(other_till, lin, coupon, key="OFF-2", order_no="OFF-R2"))

    answer = other_till.takes_back("OFF-R2")

    assert answer.json["state"] == "applied"
    (row,) = look(select(Coupon).filter_by(id=coupon))
    assert row.used == 1


# One code at two tills that were both alone


@pytest.fixture
def pictured(till, other_till, lin, coupon):
    """Her code at the first till, and a picture of it forty seconds later at the other."""
    at = clock.now()
    first = sale(till, lin, coupon, at=at)
    later = at + timedelta(seconds=40)
    second = sale(other_till, lin, key="OFF-2", order_no="OFF-R2", at=later)
    return first, second | {"code": first["code"]}


def buyers(look) -> dict[str, int | None]:
    return {order.order_no: order.member_id for order in look(select(Order))}


@pytest.mark.parametrize("told_first", ["earlier", "later"])
def test_the_till_that_scanned_the_code_first_has_her_whoever_tells_first(
    till, other_till, house, lin, pictured, look, told_first
):
    first, second = pictured
    clock.move(timedelta(days=2))  # who stood at a till is forgotten by then, what was sold is not
    acts = [(till, first), (other_till, second)]
    for at_till, told in acts if told_first == "earlier" else reversed(acts):
        (answer,) = synced(at_till, told)

    assert buyers(look) == {"OFF-R1": lin.id, "OFF-R2": None}
    (row,) = look(select(TillConflict))
    assert (row.kind, row.reason) == ("code", "member_code_used")
    assert (row.lost_store_id, row.won_store_id) == (house.hubin.id, house.jingan.id)
    assert row.lost_at - row.won_at == timedelta(seconds=40)
    assert [one["is_ours"] for one in answer["conflicts"]] == [told_first == "earlier"]


def test_what_the_other_sale_earned_is_taken_back(till, other_till, house, lin, pictured, look):
    first, second = pictured
    synced(other_till, second)
    with db.transaction(house.brand.id):
        assert points.balance(lin.id) == 229

    synced(till, first)

    with db.transaction(house.brand.id):
        assert points.balance(lin.id) == 199
        assert checking.mismatches() == []


def test_her_coupon_comes_to_the_earlier_till(till, other_till, lin, coupon, look):
    at = clock.now()
    first = sale(till, lin, coupon, at=at)
    later = sale(other_till, lin, coupon, key="OFF-2", order_no="OFF-R2", at=at)
    later |= {"code": first["code"], "scanned_at": (at + timedelta(seconds=40)).isoformat()}
    synced(other_till, later)

    synced(till, first)

    (use,) = look(select(Redemption).where(Redemption.state.in_(USES)))
    assert buyers(look)["OFF-R1"] == lin.id
    assert use.key.startswith("checkout:")
    kinds = sorted(row.kind for row in look(select(TillConflict)))
    assert kinds == ["code", "refused"]


def test_three_tills_in_any_order_end_the_same(till, other_till, house, mei, client, lin, look):
    third = open_till(client, house, mei, house.hubin, "收银三号")
    at, code = clock.now(), code_of(house, lin)
    tills = [till, other_till, third]
    told = [
        sale(one, lin, key=f"K-000{n}", order_no=f"R-{n}", at=at + timedelta(seconds=20 * n))
        | {"code": code}
        for n, one in enumerate(tills)
    ]
    for n in (1, 2, 0):
        synced(tills[n], told[n])

    assert buyers(look) == {"R-0": lin.id, "R-1": None, "R-2": None}


def test_the_same_till_may_scan_it_again(till, lin, look):
    at, told = clock.now(), []
    told = [sale(till, lin, key=f"K-000{n}", order_no=f"R-{n}", at=at) for n in range(2)]

    answers = synced(till, *told)

    assert [one["conflicts"] for one in answers] == [[], []]
    assert set(buyers(look).values()) == {lin.id}
