"""A pack of coupons that is sold at the till is hers a moment later, and goes with the return."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.models import Coupon
from app.journeys import jobs
from app.orders import service as orders
from app.orders.models import Order, PaymentMethod
from app.orders.service import Payment, Told, ToldLine, ToldReturn
from tests import factories
from tests.coupons.conftest import make_batch


@pytest.fixture
def lin(house):
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    return factories.make_member(house.brand.id, fan.id)


@pytest.fixture
def ten(house):
    """A pack under the SKU PACK99 holds two of these."""
    pack = make_batch(house.brand.id, "pack", kind="pack", pack_sku="PACK99")
    ten = make_batch(house.brand.id, "ten")
    with db.transaction(house.brand.id):
        coupons.fill_pack(pack, {ten.id: 2})
    return ten


def sell(house, lin, *, quantity: int = 1) -> None:
    fen = 9900 * quantity
    told = Told(
        order_no="T1",
        store_id=house.jingan.id,
        paid_at=clock.now(),
        lines=(ToldLine(1, "PACK99", quantity, fen, fen),),
        payments=(Payment(PaymentMethod.WECHAT, fen),),
        member_id=lin.id,
        staff_id=None,
    )
    with db.transaction(house.brand.id):
        orders.record(told)


def usable(house, ten) -> int:
    with db.transaction(house.brand.id):
        hers = session.scalars(select(Coupon).filter_by(batch_id=ten.id))
        return sum(coupon.is_usable(clock.now()) for coupon in hers)


def test_each_pack_that_is_sold_gives_what_lies_in_it_once(house, lin, ten) -> None:
    sell(house, lin, quantity=2)
    jobs.work()
    with db.transaction(house.brand.id):
        for order_id in session.scalars(select(Order.id)):
            coupons.deliver(order_id)

    assert usable(house, ten) == 4


def test_a_sale_that_is_cancelled_takes_the_coupons_with_it(house, lin, ten) -> None:
    sell(house, lin)
    jobs.work()
    with db.transaction(house.brand.id):
        orders.bring_back(ToldReturn("R1", "T1", store_id=house.jingan.id, at=clock.now()))
    jobs.work()

    assert usable(house, ten) == 0


def test_a_return_that_is_heard_of_first_gives_nothing(house, lin, ten) -> None:
    sell(house, lin)
    with db.transaction(house.brand.id):
        orders.bring_back(ToldReturn("R1", "T1", store_id=house.jingan.id, at=clock.now()))
    jobs.work()

    assert usable(house, ten) == 0
