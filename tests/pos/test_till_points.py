"""Points at the till: part of them spent, the exact share back, the sale's own earned."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock, db
from app.orders import service as orders
from app.points import queries
from app.points import service as points
from tests.pos.test_till import why
from tests.pos.tills import open_till


@pytest.fixture
def till(client, house, mei):
    return open_till(client, house, mei, house.jingan)


@pytest.fixture
def rich(house, lin):
    """Lin has 2,140 points."""
    with db.transaction(house.brand.id):
        points.earn(lin.id, amount=2_140, kind="gift", reference="test")
    return lin


@pytest.fixture
def left(house, lin):
    def look():
        with db.transaction(house.brand.id):
            return points.balances(lin.id)

    return look


def test_a_part_of_her_points_pays_and_the_rest_stays_hers(till, rich, left):
    quote = till.asks(till.greets(rich), points=1_050).json

    assert (quote["points"], quote["points_fen"]) == (1_000, 1_000)
    assert quote["points_refused"]["cashier"] == "积分须为 100 的倍数"
    assert quote["payable_fen"] == 40_800


def test_reserved_points_are_held_and_settled_points_are_spent(till, rich, left):
    till.reserves(till.greets(rich), points=1_000)
    assert (left().available, left().held) == (1_140, 1_000)

    done = till.settles(fen=40_800)

    assert (left().available, left().held) == (1_140 + 408, 0)
    assert done.json["points_earned"] == 408


def test_a_void_gives_the_points_back(till, rich, left):
    till.reserves(till.greets(rich), points=1_000)

    till.voids()

    assert (left().available, left().held) == (2_140, 0)


def test_a_part_that_comes_back_brings_its_share_of_the_points(till, rich, left, house):
    till.reserves(till.greets(rich), points=1_000)
    till.settles(fen=40_800)

    till.takes_back(lines=[{"line_no": 1, "quantity": 1}])
    half = left().shown
    till.takes_back(return_no="X-2", lines=[{"line_no": 2, "quantity": 1}])

    assert 1_548 < half < 2_140
    assert left().shown == 2_140
    with db.transaction(house.brand.id):
        assert queries.mismatches() == []


def test_more_points_than_she_has_are_named(till, rich):
    quote = till.asks(till.greets(rich), points=5_000).json

    assert quote["points"] == 2_100
    assert quote["points_refused"]["reason"] == "points_too_few"


def test_a_return_beyond_what_is_left_goes_to_what_she_owes(till, house, lin, left):
    till.post("/orders", till.sold(number=lin.number))
    till.reserves(till.greets(lin), "B-2", points=200)
    till.settles("B-2", "R-2", 41_600)

    till.takes_back("R-2")
    till.takes_back("R-0001", "X-2")

    assert left().shown == 0


def test_a_correction_moves_the_points_to_whom_they_belong(till, house, lin, left):
    till.post("/orders", till.sold())
    till.corrects(number=lin.number)
    assert left().shown == 229

    line = {"line_no": 1, "sku": "CREAM50", "quantity": 1, "paid_fen": 10_000, "list_fen": 10_000}
    till.corrects(revision=2, number=lin.number, lines=[line])

    assert left().shown == 100
    till.takes_back()
    assert left().shown == 0


def test_points_that_went_elsewhere_meanwhile_refuse_a_late_payment(till, house, rich):
    till.reserves(till.greets(rich), points=2_100)
    clock.move(timedelta(hours=1))
    with db.transaction(house.brand.id):
        points.spend(rich.id, amount=2_000, kind="gift", reference="elsewhere")

    late = till.settles(fen=39_700)

    assert late.status_code == 409
    assert why(late)[1] in ("hold_over", "too_few_points", "points_hold_over")


def test_a_sale_of_nothing_earns_nothing(house, lin, left):
    told = orders.Told(
        "R-0", house.jingan.id, clock.now(), (orders.ToldLine(1, "GIFT", 1, 0, 0),),
        member_id=lin.id,
    )  # fmt: skip
    with db.transaction(house.brand.id):
        done = orders.record(told)

    assert (done.points_earned, left().shown) == (0, 0)
