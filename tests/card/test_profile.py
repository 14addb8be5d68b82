"""Her own page: what we keep, and a no that holds at once."""

import pytest
from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.members import queries
from app.members.models import Consent, Fan, Purpose


@pytest.fixture
def member(make_shopper):
    lin = make_shopper(phone="13800005678").sign_in()
    lin.join(marketing=True)
    return lin


def switch(shopper, is_given):
    body = {"is_given": is_given}
    return shopper.client.put("/api/v1/me/marketing", json=body, headers=shopper.headers)


def test_she_sees_what_we_keep_with_her_phone_masked(member):
    me = member.get("/me").json
    assert (me["phone"], me["marketing"], me["agreement"]) == ("138****5678", True, "2026-11")


def test_switching_marketing_off_holds_at_once_and_is_written_down(member, house):
    answer = switch(member, False)

    assert answer.json["marketing"] is False
    with db.transaction(house.brand.id):
        member_id = session.scalars(select(Fan.member_id)).one()
        assert not queries.has_consent(member_id, Purpose.MARKETING)


def test_the_same_choice_twice_is_one_row(member, house):
    switch(member, False)
    switch(member, False)

    with db.transaction(house.brand.id):
        given = select(Consent.is_given).filter_by(purpose=Purpose.MARKETING).order_by(Consent.id)
        assert list(session.scalars(given)) == [True, False]


def test_without_a_card_there_is_nothing_of_hers(lin):
    assert lin.get("/me").json["type"] == "/problems/not_a_member"
    assert switch(lin, True).status_code == 404
