"""A pack whose contents have run out: whoever uses it has paid, so it gives what there is and owes
the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import clock, db
from app.core.db import session
from app.coupons import jobs
from app.coupons import service as coupons
from app.coupons.models import Coupon, CouponKind, CouponPromise
from app.coupons.refusals import refused
from app.coupons.service import contents, issuing, promises
from tests import factories
from tests.coupons.conftest import make_batch
from tests.coupons.crowd import CROWD, GOOD, at_once, broken, inside, issued, make_members


def fill(brand_id: int, *, packs: int, each: int, stock: int):
    """Packs that hold `each` of a batch of so many; answers both batches."""
    pack = make_batch(brand_id, "pack", kind=CouponKind.PACK, stock=packs)
    ten = make_batch(brand_id, "ten", stock=stock)
    with db.transaction(brand_id):
        coupons.fill_pack(pack, {ten.id: each})
    return pack, ten


def owed(brand_id: int, batch) -> dict[str, int]:
    with db.transaction(brand_id):
        return promises.owed(batch.id)


def has(brand_id: int, batch) -> int:
    with db.transaction(brand_id):
        hers = select(func.count(Coupon.id)).filter_by(batch_id=batch.id, revoked_at=None)
        return session.scalar(hers) or 0


@pytest.fixture
def short(house):
    """A pack of three of which only two are left."""
    return fill(house.brand.id, packs=10, each=3, stock=2)


@pytest.fixture
def paid(shop, short):
    """Lin's pack was put aside and paid for."""
    pack, _ = short
    coupon = shop.claim(pack)
    shop.reserve(coupon, "t1", 0)
    return shop.do(coupons.settle, "t1")


def test_it_gives_what_is_left_and_owes_the_rest(house, short, paid) -> None:
    _, ten = short

    assert paid.state == "redeemed"
    assert (has(house.brand.id, ten), owed(house.brand.id, ten)) == (2, {"gone": 1})


def test_paid_twice_owes_once(shop, house, short, paid) -> None:
    shop.do(coupons.settle, "t1")

    assert owed(house.brand.id, short[1]) == {"gone": 1}


def test_more_stock_keeps_the_promise_once(shop, house, short, paid) -> None:
    _, ten = short
    shop.do(coupons.set_stock, ten.id, 50, by="staff:1")

    jobs.work()
    jobs.work()

    assert (has(house.brand.id, ten), owed(house.brand.id, ten)) == (3, {})


def test_what_cannot_be_kept_yet_waits_and_is_tried_again(shop, house, short, paid) -> None:
    _, ten = short
    jobs.work()
    with db.transaction(house.brand.id):
        due = session.scalars(select(CouponPromise.due_at)).one()

    assert due > clock.now() + timedelta(minutes=5)
    assert owed(house.brand.id, ten) == {"gone": 1}


def test_a_pack_that_comes_back_is_owed_nothing(shop, house, short, lin) -> None:
    pack, ten = short
    shop.do(coupons.open_pack, pack.id, lin, reference="1")

    shop.do(coupons.take_back_pack, pack.id, lin, reference="1")
    shop.do(coupons.set_stock, ten.id, 50, by="staff:1")
    jobs.work()

    assert (has(house.brand.id, ten), owed(house.brand.id, ten)) == (0, {})


# Sixty-four paid at once


@pytest.fixture
def crowd(own_database):
    brand = factories.make_brand().id
    return brand, make_members(brand, CROWD)


def bought(brand: int, pack, members: list[int]) -> list[str]:
    """Each has a pack put aside at a till; answers the keys."""
    keys = []
    for member_id in members:
        with db.transaction(brand):
            coupon = coupons.claim(pack.id, member_id)
            keys.append(f"till-{member_id}")
            until = clock.now() + timedelta(minutes=15)
            coupons.reserve(coupon.id, key=keys[-1], discount_fen=0, store_id=None, until=until)
    return keys


@pytest.mark.race
def test_no_paid_pack_is_refused_and_none_is_given_twice(crowd) -> None:
    brand, members = crowd
    pack, ten = fill(brand, packs=CROWD, each=1, stock=10)
    keys = bought(brand, pack, members)

    told = at_once([inside(brand, coupons.settle, key) for key in keys])

    assert told == {GOOD: CROWD}
    assert (issued(ten), owed(brand, ten), broken(brand)) == (10, {"gone": CROWD - 10}, [])
    inside(brand, coupons.set_stock, ten.id, 40, by="staff:1")()
    at_once([lambda: jobs.work()] * 8)
    assert (issued(ten), owed(brand, ten), broken(brand)) == (40, {"gone": CROWD - 40}, [])


@pytest.mark.race
def test_all_or_nothing_refuses_those_who_have_paid(crowd) -> None:
    """The control: a pack that must give all of it takes the money and then says no."""
    brand, members = crowd
    pack, _ = fill(brand, packs=CROWD, each=1, stock=10)
    with db.transaction(brand):
        packs = [coupons.claim(pack.id, one).id for one in members]

    def all_or_nothing(pack_id: int) -> None:
        coupon = session.get_one(Coupon, (brand, pack_id))
        for answer in issuing.issue_many(contents._asks(coupon, "till")):
            if answer.refusal is not None:
                raise refused(answer.refusal)

    told = at_once([inside(brand, all_or_nothing, pack_id) for pack_id in packs])

    assert told == {GOOD: 10, "gone": CROWD - 10}
