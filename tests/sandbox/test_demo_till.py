"""The demo gives the cashier's page its key by itself, and never shows it to anybody."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.pos.models import ApiKey
from demo import brand as demo_brand
from demo.box import Box

pytestmark = pytest.mark.flow


def test_each_run_hands_the_till_a_key_and_stops_the_one_before(house, wechat_box, capfd):
    box = Box(wechat_box.url)

    for _ in range(2):
        demo_brand.open_till(house.brand.id, house.jingan.id, box)

    assert box.api.json("GET", "/sandbox/till/state")["has_key"]
    with db.transaction(house.brand.id):
        keys = session.scalars(select(ApiKey).order_by(ApiKey.id)).all()
    assert [key.revoked_at is None for key in keys] == [False, True]
    assert {key.store_id for key in keys} == {house.jingan.id}
    assert "whsec_" not in "".join(capfd.readouterr())
