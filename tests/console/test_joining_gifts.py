"""入会礼 in the console: which coupons and samples a new member gets."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.benefits import service as benefits
from app.brands import service as brands
from app.core import audit, clock, db
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.models import Coupon, CouponBatch, CouponKind
from app.members import service as members


@pytest.fixture
def batch_id(house):
    """The number of one of the brand's batches."""

    def number(code: str) -> int:
        with db.transaction(house.brand.id):
            return coupons.batches([code])[0].id

    return number


def joined(house, phone: str) -> set[str]:
    """The codes of the batches of which somebody has a coupon who joins now."""
    with db.transaction(house.brand.id):
        fan = members.follow(house.brand.service.id, f"o-{phone}", clock.now())
        session.flush()
        lin = members.join(
            fan_id=fan.id, phone=phone, agreed=True, marketing=True, door="card", store_id=None
        ).member
        benefits.give_joining_gifts(brands.get(house.brand.id), lin.id)
        hers = select(CouponBatch.code).join(Coupon, Coupon.batch_id == CouponBatch.id)
        return set(session.scalars(hers.where(Coupon.member_id == lin.id)))


def ticked(page: str) -> list[str]:
    return re.findall(r'name="batch" value="(\d+)" checked', page)


def test_what_joining_gives_now_is_ticked(mei, batch_id):
    page = mei.page("/coupons/joining")

    assert set(ticked(page)) == {str(batch_id("welcome20")), str(batch_id("essence5ml"))}
    assert "¥20，满 99 可用" in page


def test_the_next_member_gets_what_is_ticked_and_no_other(mei, house, batch_id):
    before = joined(house, "13800001111")

    answer = mei.post("/coupons/joining", batch=[batch_id("essence5ml")])

    assert answer.status_code == 303
    assert before == {"welcome20", "essence5ml"}
    assert joined(house, "13800002222") == {"essence5ml"}
    with db.transaction(house.brand.id):
        assert "benefits.joining_gifts_chosen" in session.scalars(select(audit.AuditRow.act)).all()


def test_nothing_ticked_gives_nothing(mei, house):
    mei.post("/coupons/joining")

    assert joined(house, "13800003333") == set()


def test_a_stopped_batch_and_another_brands_are_refused_and_nothing_changes(mei, house, batch_id):
    with db.transaction(house.brand.id):
        stopped = coupons.add_batch(code="old", name="旧券", kind=CouponKind.SAMPLE, stock=10)
        stopped.stopped_at = clock.now()
        session.flush()
        number = stopped.id

    for wrong in (number, 10**9):
        answer = mei.post("/coupons/joining", batch=[batch_id("welcome20"), wrong])
        assert answer.status_code == 422
        assert "有的不能当入会礼" in answer.get_data(as_text=True)
    assert joined(house, "13800004444") == {"welcome20", "essence5ml"}


def test_more_than_the_join_page_can_name_are_refused(mei, house):
    with db.transaction(house.brand.id):
        made = [
            coupons.add_batch(code=f"s{n}", name=f"小样 {n}", kind=CouponKind.SAMPLE, stock=10).id
            for n in range(6)
        ]

    answer = mei.post("/coupons/joining", batch=made)

    assert answer.status_code == 422
    assert len(ticked(answer.get_data(as_text=True))) == 6


def test_a_store_manager_has_no_such_page(lan):
    assert lan.get("/coupons/joining").status_code == 403
