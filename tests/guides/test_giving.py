"""Wei gives a coupon of her month's allowance, and takes it back when it was a slip."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.models import Coupon
from app.members.models import Member
from tests.coupons.conftest import make_batch
from tests.guides.conftest import join, scan


@pytest.fixture
def lin(house):
    """She scanned in Wei's store and joined."""
    return join(house, scan(house).fan_id)


@pytest.fixture
def batch(house):
    return make_batch(house.brand.id, "gift", per_guide_month=2, per_person=2)


def member_id(house) -> int:
    with db.transaction(house.brand.id):
        return session.scalars(select(Member.id).order_by(Member.id.desc())).first()


@pytest.fixture
def sheet(house, lin) -> str:
    return f"/guide/members/{member_id(house)}"


def gives(wei, sheet, batch, key="key-of-the-page"):
    return wei.post(f"{sheet}/give", batch=batch.id, key=key)


def hers(house, batch) -> list[Coupon]:
    with db.transaction(house.brand.id):
        return list(session.scalars(select(Coupon).filter_by(batch_id=batch.id)))


def test_the_sheet_leads_to_what_she_may_give(wei, sheet, batch):
    assert f"{sheet}/give" in wei.page(sheet)
    assert "本月还剩 2 张" in wei.page(f"{sheet}/give")


def test_what_is_chosen_is_confirmed_before_it_is_given(wei, house, sheet, batch):
    page = wei.page(f"{sheet}/give?batch={batch.id}")

    assert re.search(r"送「满减券」给 ", page)
    assert "送完本月还剩 1 张" in page
    assert hers(house, batch) == []


def test_given_twice_with_one_key_is_one(wei, house, sheet, batch):
    answers = [gives(wei, sheet, batch) for _ in range(2)]

    assert answers[0].location == answers[1].location
    assert len(hers(house, batch)) == 1
    assert "本月还剩 1 张" in wei.page(f"{sheet}/give")


def test_a_spent_allowance_is_said(wei, sheet, batch):
    for n in range(2):
        gives(wei, sheet, batch, f"key-number-{n}")

    answer = gives(wei, sheet, batch, "key-number-3")

    assert answer.status_code == 409
    assert "本月已送完" in wei.page(f"{sheet}/give")


def test_a_slip_is_taken_back_with_the_allowance(wei, house, sheet, batch):
    done = gives(wei, sheet, batch).location
    coupon = done.rpartition("coupon=")[2]

    for _ in range(2):
        assert wei.post(f"{sheet}/give/undo", coupon=coupon).status_code == 303

    assert hers(house, batch)[0].revoked_at is not None
    assert "撤回了" in wei.page(done)
    assert "本月还剩 2 张" in wei.page(f"{sheet}/give")


def test_what_she_has_used_stays(wei, house, sheet, batch):
    coupon = gives(wei, sheet, batch).location.rpartition("coupon=")[2]
    with db.transaction(house.brand.id):
        coupons.redeem(int(coupon), key="till")

    assert wei.post(f"{sheet}/give/undo", coupon=coupon).status_code == 409
    assert hers(house, batch)[0].revoked_at is None


def test_after_ten_minutes_it_stays(wei, house, sheet, batch):
    done = gives(wei, sheet, batch).location
    clock.move(timedelta(minutes=11))

    answer = wei.post(f"{sheet}/give/undo", coupon=done.rpartition("coupon=")[2])

    assert answer.status_code == 409
    assert "撤回这张券" not in wei.page(done)


def test_nobody_takes_back_what_another_gave(wei, phone_of, house, sheet, batch):
    lin = member_id(house)
    with db.transaction(house.brand.id):
        given = coupons.give_by_guide(batch.id, lin, staff_id=house.bo.id, store_id=None, key="bos")

    assert wei.post(f"{sheet}/give/undo", coupon=given.id).status_code == 404


def test_another_stores_guide_gives_her_nothing(bo, house, sheet, batch):
    assert gives(bo, sheet, batch).status_code == 404
    assert hers(house, batch) == []


def test_without_an_allowance_the_page_says_who_sets_it(wei, sheet):
    assert "现在没有能送的券" in wei.page(f"{sheet}/give")
