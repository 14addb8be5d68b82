"""「为什么是这么多分」: a member's points, each movement, on the console and on her card."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.core import clock, db
from app.points import service as points
from tests import factories

QUARTER_HOUR = timedelta(minutes=15)
ADDED = re.compile(r'<td class="end num">([+−]?\d*)</td><td class="end num">−?\d+</td></tr>')


@pytest.fixture
def lin(house) -> int:
    """She bought for ¥120, spent 80 points, and sent all of it back: 80 are owed."""
    fan = factories.make_fan(house.brand.id, house.brand.mini.id)
    member = factories.make_member(house.brand.id, fan.id)
    with db.transaction(house.brand.id):
        points.earn_for_order(member.id, order_id=1, paid_fen=12_000, at=clock.now())
        points.hold(member.id, amount=80, key="till:1", until=clock.now() + QUARTER_HOUR)
        points.settle_hold("till:1")
        points.claw_back(member.id, order_id=1, refund_key="r1", refunded_fen=12_000)
    return member.id


def test_headquarters_reads_every_movement_and_what_it_came_to(mei, lin):
    page = mei.page(f"/members/{lin}/points")

    for words in ("−80", "消费得积分", "收银台抵扣", "退货扣回"):
        assert words in page
    added = [int(found.replace("−", "-") or 0) for found in ADDED.findall(page)]
    assert added == [-80, -40, -80, 120]


def test_who_has_no_points_reads_what_will_stand_there(mei, house):
    fan = factories.make_fan(house.brand.id, house.brand.mini.id, "o-nobody")
    nobody = factories.make_member(house.brand.id, fan.id, "13800009999")

    assert "还没有积分" in mei.page(f"/members/{nobody.id}/points")
