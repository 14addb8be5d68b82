"""A receipt of two lines at Wei's store, told by a till."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock, db
from app.orders import service as orders
from app.orders.models import PaymentMethod
from app.orders.service import Payment, Told, ToldLine, ToldReturn
from tests import factories

CREAM, SERUM = "CREAM50", "SERUM30"
LINES = (ToldLine(1, CREAM, 2, 40_000, 45_800), ToldLine(2, SERUM, 1, 18_900, 18_900))


@pytest.fixture
def lin(house):
    """A member with a phone."""
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    return factories.make_member(house.brand.id, fan.id)


@pytest.fixture
def shop(house, lin):
    """Acts of the till, each in a transaction of its own."""
    return Shop(house, lin)


class Shop:
    def __init__(self, house, lin) -> None:
        self.house, self.lin = house, lin
        self.at = clock.now() - timedelta(hours=2)

    def told(self, order_no: str = "T1", **given) -> Told:
        whole = {
            "order_no": order_no,
            "store_id": self.house.jingan.id,
            "paid_at": self.at,
            "lines": LINES,
            "payments": (Payment(PaymentMethod.WECHAT, 58_900),),
            "member_id": self.lin.id,
            "staff_id": self.house.wei.id,
        }
        return Told(**whole | given)

    def sells(self, order_no: str = "T1", **given):
        with db.transaction(self.house.brand.id):
            return orders.record(self.told(order_no, **given))

    def takes_back(self, return_no: str = "R1", order_no: str = "T1", **given):
        whole = {"store_id": self.house.jingan.id, "at": self.at + timedelta(hours=1)}
        with db.transaction(self.house.brand.id):
            return orders.bring_back(ToldReturn(return_no, order_no, **whole | given))

    def corrects(self, revision: int = 1, **given):
        with db.transaction(self.house.brand.id):
            return orders.correct(self.told(**given), revision=revision)
