"""She bought before she had a card: the receipt's number and what was paid find her."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock, db
from app.core.db import session
from app.members import queries
from app.members import service as members
from app.members.models import Member, TwinReason
from app.orders.models import Order
from app.points import service as points
from tests import factories
from tests.card.conftest import AGREEMENT


@pytest.fixture
def bought(house) -> int:
    """A member of the till without a WeChat: one order, some points."""
    now = clock.now()
    with db.transaction(house.brand.id):
        row = Member(
            number="H0031882", origin="import", joined_on=clock.business_day(now), created_at=now
        )
        session.add(row)
        session.flush()
        common = {"source": "till", "store_id": house.jingan.id, "paid_at": now, "origin": "import"}
        money = {"paid_fen": 26800, "list_fen": 26800}
        session.add(Order(order_no="R1001", member_id=row.id, **common, **money))
        points.earn(row.id, amount=268, kind="order", reference="order:R1001")
        return row.id


def by_order(shopper, order_no: str = "R1001", paid_fen: int = 26800, **given):
    wish = {"order_no": order_no, "paid_fen": paid_fen, "agreed": True, "marketing": False}
    body = wish | {"agreement": AGREEMENT} | given
    return shopper.client.post("/api/v1/join/order", json=body, headers=shopper.headers)


def test_a_receipt_finds_the_member_who_bought(lin, bought, house):
    answer = by_order(lin)

    assert (answer.status_code, answer.json) == (200, {"returning": True, "points": 268})
    with db.transaction(house.brand.id):
        names = {each.kind for each in queries.identities_of(bought)}
    assert "openid" in names


def test_a_wrong_number_and_a_wrong_amount_hear_the_same(lin, bought):
    wrong_number, wrong_amount = by_order(lin, "R9999"), by_order(lin, paid_fen=26801)

    assert wrong_number.status_code == wrong_amount.status_code == 404
    told = [answer.json | {"request_id": ""} for answer in (wrong_number, wrong_amount)]
    assert told[0] == told[1]


def test_after_five_tries_she_is_told_when_to_come_back(lin, bought):
    for _ in range(5):
        assert by_order(lin, paid_fen=1).status_code == 404

    refused = by_order(lin)

    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    clock.move(timedelta(hours=1, seconds=1))
    assert by_order(lin).status_code == 200


def test_a_receipt_found_in_the_street_opens_nobodys_card(lin, bought, house):
    hers = factories.make_fan(house.brand.id, house.brand.mini.id, "m-hers")
    with db.transaction(house.brand.id):
        members.claim(fan_id=hers.id, member_id=bought, agreed=True, marketing=False, door="card")

    answer = by_order(lin)

    assert answer.status_code == 409
    with db.transaction(house.brand.id):
        assert [fan.id for fan in queries.fans_of(bought)] == [hers.id]


def test_a_member_who_reports_anothers_order_is_no_one_elses_until_a_person_decides(
    lin, bought, house
):
    lin.join()

    answer = by_order(lin)

    assert answer.status_code == 409
    with db.transaction(house.brand.id):
        (pair,) = queries.open_twins()
        assert pair.reason == TwinReason.ORDER
        assert bought in (pair.low_id, pair.high_id)


@pytest.mark.parametrize(
    "given",
    [{"paid_fen": "26800"}, {"paid_fen": -1}, {"paid_fen": 268.0}, {"order_no": ""},
     {"agreed": False}, {"points": 9}],
)  # fmt: skip
def test_what_is_no_receipt_is_refused(lin, bought, given):
    answer = by_order(lin, **given)

    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
