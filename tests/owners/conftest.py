"""Lin is Wei's customer at 静安寺店; An works there too, Bo in 湖滨店."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.core import db
from app.owners import queries
from app.owners import service as owners
from app.owners.models import Why
from app.owners.service import Handing
from tests import factories


@pytest.fixture
def shop(house) -> SimpleNamespace:
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    house.lin = factories.make_member(house.brand.id, fan.id)
    house.an = factories.make_staff(house.brand.id, "an", name="小安", store_ids=[house.jingan.id])
    return house


def hand(shop, member, guide, why: Why = Why.TRANSFER, **kind) -> dict[int, int | None]:
    with db.transaction(shop.brand.id):
        staff_id = guide.id if guide else None
        return owners.give([Handing(member.id, staff_id, shop.jingan.id, why, **kind)])


def owner_of(shop, member) -> int | None:
    with db.transaction(shop.brand.id):
        row = queries.open_rows([member.id]).get(member.id)
        return row.staff_id if row else None
