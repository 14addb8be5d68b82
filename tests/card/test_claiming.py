"""Getting a coupon by a code: once, however often one taps."""

from __future__ import annotations

import pytest

from app.card.service.claiming import TRIES_OF_A_VISITOR
from app.core import db
from app.coupons import service as coupons
from app.coupons.refusals import SHOPPER, Reason
from tests.coupons.conftest import make_batch


@pytest.fixture
def lin(own_database, make_shopper):
    shopper = make_shopper(phone="13800005678").sign_in()
    shopper.join()
    return shopper


def claim(shopper, code: str):
    body = {"code": code}
    return shopper.client.post("/api/v1/coupons/claim", json=body, headers=shopper.headers)


def test_a_link_gives_one_coupon_however_often_it_is_tapped(lin, house) -> None:
    batch = make_batch(house.brand.id)

    first, again = claim(lin, batch.claim_code), claim(lin, batch.claim_code.lower())

    assert (first.status_code, again.json) == (200, first.json)


def test_what_is_gone_says_so_to_her_and_to_the_cashier(lin, house) -> None:
    batch = make_batch(house.brand.id, stock=0)

    answer = claim(lin, batch.claim_code)

    assert (answer.status_code, answer.json["reason"]) == (409, Reason.GONE)
    assert answer.json["shopper"] == SHOPPER[Reason.GONE]


def test_a_printed_code_is_hers_once_she_has_it(lin, house) -> None:
    batch = make_batch(house.brand.id, claim_code=None)
    with db.transaction(house.brand.id):
        [code] = coupons.print_codes(batch.id, 1, by="test")

    assert claim(lin, code).json == claim(lin, code).json


def test_whoever_tries_many_codes_has_to_wait(lin) -> None:
    answers = [claim(lin, f"2222333344445{n:03}") for n in range(TRIES_OF_A_VISITOR + 1)]

    assert {answer.status_code for answer in answers[:-1]} == {404}
    assert answers[-1].status_code == 429


def test_who_is_no_member_is_asked_to_become_one(own_database, make_shopper, house) -> None:
    batch = make_batch(house.brand.id)
    visitor = make_shopper("hua").sign_in()

    assert claim(visitor, batch.claim_code).status_code == 404
