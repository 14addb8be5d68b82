"""A redemption by hand and the till's sale in the same moment, many times at once: each pair finds
each other, and no redemption belongs to two sales."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.benefits import redeem
from app.benefits.models import Checkout
from app.benefits.redeem import Asked, AskedLine
from app.core import clock, db
from app.core.db import session
from app.coupons import service as coupons
from app.orders import service as orders
from app.orders.service import Told, ToldLine
from tests import factories
from tests.coupons.conftest import make_batch
from tests.coupons.crowd import GOOD, at_once, inside, make_members

pytestmark = pytest.mark.race
PAIRS = 32


@pytest.fixture
def shop(own_database):
    """Members with a coupon of 30 off each; answers the house and their ids."""
    house = factories.make_house()
    batch, members = make_batch(house.brand.id), make_members(house.brand.id, PAIRS)
    for member_id in members:
        with db.transaction(house.brand.id):
            coupons.claim(batch.id, member_id)
    return house, members


def redeemed(house, member_id: int):
    asked = Asked(member_id, house.jingan.id, (AskedLine(1, "—", 1, 10_000),))
    return inside(
        house.brand.id,
        redeem.use,
        asked,
        key=f"guide:{member_id}",
        payable_fen=7_000,
        opened_by="staff:1",
        staff_id=house.wei.id,
    )


def told(house, member_id: int, record):
    lines = (ToldLine(1, "CREAM50", 1, 7_000, 10_000),)
    sale = Told(f"R-{member_id}", house.jingan.id, clock.now(), lines, member_id=member_id)
    return inside(house.brand.id, record, sale)


def matched(house) -> int:
    with db.transaction(house.brand.id):
        found = select(func.count(Checkout.order_id.distinct())).filter_by(is_by_hand=True)
        return session.scalar(found) or 0


def test_every_pair_finds_each_other(shop) -> None:
    house, members = shop

    heard = at_once(
        [act for one in members for act in (redeemed(house, one), told(house, one, redeem.record))]
    )

    assert heard == {GOOD: 2 * PAIRS}
    assert matched(house) == PAIRS


def test_a_sale_that_does_not_look_misses_some(shop) -> None:
    """The control: when only the guide's side looks, whoever comes first finds nothing."""
    house, members = shop

    at_once([redeemed(house, one) for one in members[:16]])
    at_once([told(house, one, orders.record) for one in members])
    at_once([redeemed(house, one) for one in members[16:]])

    assert matched(house) == PAIRS - 16
