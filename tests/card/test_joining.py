"""Joining with WeChat's phone code: found or made, once, whatever goes wrong on the way."""

import pytest
from sqlalchemy import func, select

from app.core import clock, db
from app.core.db import session
from app.members import service as members
from app.members.models import Consent, Member, Purpose
from app.points import service as points


def import_member(brand_id: int, phone: str, earned: int) -> int:
    """Somebody the till knew before she ever opened the card."""
    with db.transaction(brand_id):
        e164 = members.parse_phone(phone)
        known = Member(
            number="TILL000001",
            phone_index=members.phone_index(e164),
            phone_encrypted=members.seal_phone(e164),
            phone_tail=e164[-4:],
            origin="import",
            joined_on=clock.business_day(clock.now()),
            created_at=clock.now(),
        )
        session.add(known)
        session.flush()
        points.earn(known.id, amount=earned, kind="order", reference="till-1")
        return known.id


def count_members(brand_id: int) -> int:
    with db.transaction(brand_id):
        return session.scalar(select(func.count()).select_from(Member))


def test_a_new_person_becomes_a_member(lin, house):
    answer = lin.join(store=house.jingan.store.code)

    assert answer.json == {"returning": False, "points": 0}
    with db.transaction(house.brand.id):
        member = session.scalars(select(Member)).one()
        assert (member.origin, member.main_store_id) == ("card", house.jingan.id)


def test_her_two_ticks_are_written_down_apart(lin, house):
    lin.join(marketing=False)

    with db.transaction(house.brand.id):
        given = dict(session.execute(select(Consent.purpose, Consent.is_given)).all())
        versions = set(session.scalars(select(Consent.text_version)))
    assert given == {
        Purpose.MEMBERSHIP: True,
        Purpose.PHONE: True,
        Purpose.MARKETING: False,
    }
    assert versions == {"2026-11"}


def test_the_member_of_the_till_is_found_by_her_phone(make_shopper, house):
    member_id = import_member(house.brand.id, "13900001111", earned=2140)
    lin = make_shopper("lin", phone="13900001111").sign_in()

    answer = lin.join()

    assert answer.json == {"returning": True, "points": 2140}
    assert count_members(house.brand.id) == 1
    with db.transaction(house.brand.id):
        assert db.get(Member, member_id).card_opened_at is not None


def test_a_retry_with_the_same_key_hears_the_same_answer(lin, house):
    code = lin.phone_code()

    first = lin.join(code, key="one-wish-to-join")
    second = lin.join(code, key="one-wish-to-join")

    assert first.json == second.json == {"returning": False, "points": 0}
    assert count_members(house.brand.id) == 1


def test_a_phone_code_used_twice_is_refused(lin):
    code = lin.phone_code()
    lin.join(code)

    again = lin.join(code)

    assert again.status_code == 409
    assert again.json["type"] == "/problems/phone_code_refused"
    assert "用微信手机号入会" in again.json["detail"]


def test_an_expired_phone_code_is_refused(lin, house):
    code = lin.phone_code()
    lin.box.move_clock(301)

    answer = lin.join(code)

    assert answer.json["type"] == "/problems/phone_code_refused"
    assert count_members(house.brand.id) == 0


def test_what_is_not_a_phone_is_refused(lin, house):
    answer = lin.join(lin.phone_code(phone="12"))

    assert answer.status_code == 422
    assert answer.json["type"] == "/problems/not_a_phone"
    assert count_members(house.brand.id) == 0


def test_one_wechat_is_never_two_members(lin):
    lin.join()

    answer = lin.join(lin.phone_code(phone="13700002222"))

    assert answer.status_code == 409
    assert answer.json["type"] == "/problems/other_member"


def test_an_older_agreement_is_not_taken_for_consent(lin, house):
    answer = lin.join(agreement="2020-01")

    assert answer.json["type"] == "/problems/agreement_changed"
    assert count_members(house.brand.id) == 0


@pytest.mark.parametrize(
    "given", [{"agreed": False}, {"agreed": "yes"}, {"points": 99999}, {"marketing": None}]
)
def test_a_body_that_says_something_else_is_refused(lin, given):
    answer = lin.join("any-code", **given)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"


def test_joining_without_a_key_is_refused(lin):
    body = {"phone_code": "any", "agreed": True, "marketing": False, "agreement": "2026-11"}
    assert lin.client.post("/api/v1/join", json=body, headers=lin.headers).status_code == 422


@pytest.mark.fault
def test_a_code_exchanged_before_the_database_failed_still_counts(own_database, lin, house):
    code = lin.phone_code()
    with db.make_engine(own_database.database_url).connect() as other:
        other.exec_driver_sql(f"SET app.brand_id = '{house.brand.id}'")
        other.exec_driver_sql("SELECT 1 FROM fans FOR UPDATE")
        failed = lin.join(code, key="one-wish-to-join")

    retried = lin.join(code, key="one-wish-to-join")

    assert failed.status_code == 500
    assert retried.json == {"returning": False, "points": 0}
    assert len(lin.box.log(path="/wxa/business/getuserphonenumber")) == 1


def test_no_phone_is_kept_in_clear(lin, house):
    lin.join(lin.phone_code(phone="13700002222"))

    with db.transaction(house.brand.id):
        rows = session.connection().exec_driver_sql(
            "SELECT row_to_json(m)::text FROM members m"
            " UNION ALL SELECT row_to_json(k)::text FROM kept_results k"
            " UNION ALL SELECT row_to_json(e)::text FROM events e"
        )
        assert not [row for (row,) in rows if "13700002222" in row]
