"""Longer days for coupons that are out: counted first, done in steps, never shorter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.coupons import jobs
from app.coupons import service as coupons
from app.coupons.models import Coupon, CouponStep, Extension
from app.coupons.service import extending
from tests import factories
from tests.coupons.conftest import later, make_batch
from tests.coupons.crowd import CROWD, at_once, make_members


@pytest.fixture
def staff(house) -> int:
    return house.mei.id


def until(days: int):
    return clock.now() + timedelta(days=days)


def end_of(shop, coupon):
    return shop.coupon(coupon).valid_until


def extend(shop, staff, batch, to, *, with_expired=False):
    shop.do(extending.extend, batch.id, to, with_expired=with_expired, staff_id=staff)
    jobs.work()


def test_what_is_unused_works_longer_and_its_history_says_so(shop, staff) -> None:
    batch = make_batch(shop.brand_id)
    coupon, to = shop.claim(batch), until(90)

    assert shop.do(extending.longer, batch.id, to) == extending.Longer(1, 0)
    extend(shop, staff, batch, to)

    assert end_of(shop, coupon) == to
    assert shop.steps(coupon) == [(None, "issued"), ("issued", "extended")]
    with db.transaction(shop.brand_id):
        (row,) = session.scalars(select(AuditRow).filter_by(act="coupon.days_extended"))
    assert row.detail["count"] == 1


def test_nothing_is_ever_shortened(shop, staff) -> None:
    batch = make_batch(shop.brand_id)
    coupon = shop.claim(batch)
    extend(shop, staff, batch, until(90))
    long = end_of(shop, coupon)

    with pytest.raises(extending.NothingLonger):
        extend(shop, staff, batch, until(60))

    assert end_of(shop, coupon) == long


def test_two_wishes_at_once_leave_the_later_end(shop, staff, hua) -> None:
    batch = make_batch(shop.brand_id)
    coupon, long = shop.claim(batch), until(120)
    for to in (long, until(90)):
        shop.do(extending.extend, batch.id, to, with_expired=False, staff_id=staff)

    jobs.work()

    assert end_of(shop, coupon) == long


def test_used_and_revoked_ones_stay_as_they_are(shop, staff, hua) -> None:
    batch = make_batch(shop.brand_id, per_person=9)
    used, gone, left = (shop.claim(batch, key=f"{n}") for n in range(3))
    shop.do(coupons.redeem, used.id, key="till")
    shop.do(coupons.revoke, gone.id, by="staff:1")
    before = [end_of(shop, one) for one in (used, gone)]

    extend(shop, staff, batch, until(90))

    assert [end_of(shop, one) for one in (used, gone)] == before
    assert len(shop.steps(left)) == 2


def test_expired_ones_only_by_choice(shop, staff, hua) -> None:
    batch = make_batch(shop.brand_id)
    old = shop.claim(batch)
    later(days=40)
    new = shop.claim(batch, hua)
    to = until(90)

    assert shop.do(extending.longer, batch.id, to) == extending.Longer(1, 1)
    extend(shop, staff, batch, to)
    assert (end_of(shop, new), end_of(shop, old) < to) == (to, True)

    extend(shop, staff, batch, to, with_expired=True)
    assert end_of(shop, old) == to


def test_the_same_wish_twice_is_one(shop, staff) -> None:
    batch, to = make_batch(shop.brand_id), until(90)
    shop.claim(batch)
    for _ in range(2):
        shop.do(extending.extend, batch.id, to, with_expired=False, staff_id=staff)

    with db.transaction(shop.brand_id):
        assert session.scalar(select(func.count(Extension.id))) == 1


@pytest.mark.race
def test_killed_between_steps_and_worked_by_many_each_is_extended_once(own_database) -> None:
    house = factories.make_house()
    brand, to = house.brand.id, until(90)
    batch = make_batch(brand)
    for member_id in make_members(brand, CROWD):
        with db.transaction(brand):
            coupons.claim(batch.id, member_id)
    with db.transaction(brand):
        asked = extending.extend(batch.id, to, with_expired=False, staff_id=house.mei.id).id
    with pytest.raises(ZeroDivisionError), db.transaction(brand):
        _ = extending.step(asked, at_once=10), 1 / 0

    def work() -> None:
        while not is_done():
            with db.transaction(brand):
                extending.step(asked, at_once=3)

    def is_done() -> bool:
        with db.transaction(brand):
            return session.get_one(Extension, (brand, asked)).ended_at is not None

    at_once([work] * 8)

    with db.transaction(brand):
        done = session.get_one(Extension, (brand, asked))
        longer = session.scalar(select(func.count(Coupon.id)).filter_by(valid_until=to))
        told = session.scalar(select(func.count(CouponStep.id)).filter_by(to_step="extended"))
    assert (done.extended, longer, told) == (CROWD, CROWD, CROWD)
    assert done.ended_at is not None
