"""Lin with her card, a batch to give from, and who reads what is left of it."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.models import Coupon, CouponBatch, CouponCampaign, CouponKind, CouponStep
from tests import factories

SOON = timedelta(minutes=15)


@pytest.fixture
def lin(house) -> int:
    return member_of(house, "o-lin", "13800005678")


@pytest.fixture
def hua(house) -> int:
    """Another member."""
    return member_of(house, "o-hua", "13800009999")


def member_of(house, openid: str, phone: str) -> int:
    fan = factories.make_fan(house.brand.id, house.brand.service.id, openid)
    return factories.make_member(house.brand.id, fan.id, phone).id


def make_batch(brand_id: int, code: str = "thirty", *, stock: int = 100, **given) -> CouponBatch:
    """A batch of 30 off that anybody may claim; `given` are its columns."""
    with db.transaction(brand_id):
        batch = coupons.add_batch(
            code=code, name="满减券", kind=CouponKind.AMOUNT, stock=stock, value_fen=3000
        )
        coupons.open_claims(batch)
        for name, value in given.items():
            setattr(batch, name, value)
        return batch


def make_campaign(brand_id: int, **budget: int) -> CouponCampaign:
    with db.transaction(brand_id):
        today = clock.business_day(clock.now())
        return coupons.add_campaign(
            code="spring", name="春季", kind="A", starts_on=today, ends_on=today, **budget
        )


@pytest.fixture
def shop(house, lin):
    """The brand at work: each act is a transaction of its own."""
    return Shop(house, lin)


class Shop:
    """What members and tills do, and what is left afterwards."""

    def __init__(self, house, lin: int) -> None:
        self.house, self.brand_id, self.lin = house, house.brand.id, lin

    def claim(self, batch: CouponBatch, member_id: int | None = None, key: str | None = None):
        with db.transaction(self.brand_id):
            return coupons.claim(batch.id, member_id or self.lin, key=key)

    def reserve(self, coupon: Coupon, key: str = "t1", fen: int = 3000, **given):
        until = given.pop("until", None) or clock.now() + SOON
        given = {"store_id": self.house.jingan.id} | given
        with db.transaction(self.brand_id):
            return coupons.reserve(coupon.id, key=key, discount_fen=fen, until=until, **given)

    def do(self, act, *args, **given):
        with db.transaction(self.brand_id):
            return act(*args, **given)

    def coupon(self, coupon: Coupon) -> Coupon:
        with db.transaction(self.brand_id):
            return session.get_one(Coupon, (self.brand_id, coupon.id))

    def batch(self, batch: CouponBatch) -> CouponBatch:
        with db.transaction(self.brand_id):
            return session.get_one(CouponBatch, (self.brand_id, batch.id))

    def campaign(self, campaign: CouponCampaign) -> CouponCampaign:
        with db.transaction(self.brand_id):
            return session.get_one(CouponCampaign, (self.brand_id, campaign.id))

    def steps(self, coupon: Coupon) -> list[tuple[str | None, str]]:
        hers = select(CouponStep).filter_by(coupon_id=coupon.id).order_by(CouponStep.id)
        with db.transaction(self.brand_id):
            return [(step.from_step, step.to_step) for step in session.scalars(hers)]


def later(**by: int) -> None:
    """So much time goes by."""
    clock.move(timedelta(**by))


def reason_of(refusal) -> str:
    return SimpleNamespace(**refusal.value.extra).reason
