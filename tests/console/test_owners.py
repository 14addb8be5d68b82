"""专属导购 at the desk: hand over, see what it did, take it back."""

from __future__ import annotations

import pytest

from app.core import db
from app.owners import queries
from app.owners import service as owners
from app.owners.models import Why
from app.owners.service import Handing
from tests import factories


@pytest.fixture
def lin(house):
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    lin = factories.make_member(house.brand.id, fan.id)
    factories.make_staff(house.brand.id, "an", name="小安", store_ids=[house.jingan.id])
    with db.transaction(house.brand.id):
        owners.give([Handing(lin.id, house.wei.id, house.jingan.id, Why.TRANSFER)])
    return lin


def owner_of(house, member) -> int:
    with db.transaction(house.brand.id):
        return queries.open_rows([member.id])[member.id].staff_id


def test_nothing_has_happened_while_a_hand_over_is_only_looked_at(mei, house, lin) -> None:
    page = mei.page(f"/owners/leaving?staff_id={house.wei.id}")

    assert "停用 1 位导购，交接 1 位会员？" in page
    assert owner_of(house, lin) == house.wei.id
    factories.sign_in("wei")


def test_mei_lets_wei_go_and_takes_it_back(mei, house, lin) -> None:
    done = mei.post("/owners/leaving", staff_id=house.wei.id, reason="离职")
    report = done.location.removeprefix("/console")
    assert "已交接" in mei.page(report)
    assert owner_of(house, lin) != house.wei.id

    mei.post(f"{report}/undo")

    assert "已撤销" in mei.page(report)
    assert owner_of(house, lin) == house.wei.id
    assert "离职交接" in mei.page("/owners")


def test_one_member_gets_another_guide_for_a_reason(mei, house, lin) -> None:
    asked = mei.post("/owners/chosen", member_id=lin.id)
    assert "给 1 位会员换导购" in asked.text

    without = mei.post("/owners/transfer", member_id=lin.id, to=house.bo.id, reason=" ")
    assert (without.status_code, owner_of(house, lin)) == (422, house.wei.id)

    mei.post("/owners/transfer", member_id=lin.id, to=house.bo.id, reason="她搬家了")
    assert owner_of(house, lin) == house.bo.id


def test_what_a_store_manager_did_not_make_she_does_not_see(mei, desk_of, house, lin) -> None:
    role = "store_manager"
    factories.make_staff(house.brand.id, "ya", role, name="雅", store_ids=[house.jingan.id])
    done = mei.post("/owners/transfer", member_id=lin.id, to=house.bo.id, reason="换人")
    report = done.location.removeprefix("/console")

    ya = desk_of("ya")

    assert ya.get(report).status_code == 404
    assert ya.get("/owners/leaving").status_code == 403
    assert "还没有交接过" in ya.page("/owners")
