"""Who is on the floor: shift end, moving, managers, regions."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.core.events import Event
from app.journeys import reactions
from app.staff.models import Role
from app.staff.service import people
from app.staff.service.people import Place
from app.stores import service as stores
from app.stores.models import Store
from tests import factories
from tests.guides.conftest import scan


@pytest.fixture
def chen(house, phone_of):
    factories.make_staff(house.brand.id, "chen", name="小陈", store_ids=[house.jingan.id])
    return phone_of("chen")


def test_at_shift_end_her_colleagues_may_look_after_whom_she_did(house, wei, chen):
    visits = [scan(house, f"o-{number}") for number in range(3)]
    wei.act("claim", visits[0].id, "key-of-claim-0")
    wei.act("claim", visits[1].id, "key-of-claim-1")
    wei.act("bought", visits[1].id, "key-of-bought")
    seen = chen.board()["seq"]

    told = wei.client.get(wei.post("/guide/shift/end").location).get_data(as_text=True)

    assert "交接了 1 位" in told
    [freed] = chen.board(after=seen)["people"]
    assert (freed["visit_id"], freed["state"]) == (visits[0].id, "waiting")
    assert chen.act("claim", visits[0].id, "key-of-chen").status_code == 200


def test_a_second_shift_end_frees_nobody(house, wei):
    wei.act("claim", scan(house).id)
    wei.post("/guide/shift/end")

    again = wei.post("/guide/shift/end")

    assert "handed=0" in again.location


def test_signing_out_hands_over_as_well(house, wei, chen):
    visit = scan(house)
    wei.act("claim", visit.id)

    wei.post("/guide/logout")

    assert chen.board()["people"][0]["state"] == "waiting"


@pytest.mark.parametrize("way", ["moved", "left"])
def test_who_was_moved_or_has_left_looks_after_nobody_here(house, wei, chen, way):
    wei.act("claim", scan(house).id)
    elsewhere = Place(store_ids=[house.hubin.id])

    with db.transaction(house.brand.id):
        if way == "left":
            people.disable(house.wei.id)
        else:
            people.change(
                house.wei.id, name="小魏", role=Role.GUIDE, place=elsewhere, actor="staff:1"
            )
    with db.transaction(house.brand.id):
        gone = session.scalars(select(Event).where(Event.name == f"staff.{way}")).all()
        reactions.on_staff_gone(gone)

    assert wei.get("/guide/board").status_code in (200, 401)  # her next request has her new store
    assert chen.board()["people"][0]["state"] == "waiting"


def test_a_manager_sees_who_is_with_whom_and_a_guide_does_not(house, wei, chen, phone_of):
    factories.make_staff(
        house.brand.id, "lan", Role.STORE_MANAGER, name="兰", store_ids=[house.jingan.id]
    )
    for number, phone in enumerate((wei, wei, chen)):
        phone.act("claim", scan(house, f"o-{number}").id, f"key-of-claim-{number}")

    assert "小陈接待 1 位 · 小魏接待 2 位" in phone_of("lan").page()
    assert "接待 2 位" not in wei.page()


def test_a_region_manager_has_the_boards_of_her_region_and_no_other(house, phone_of):
    with db.transaction(house.brand.id):
        region = stores.add_region("华东")
        session.get_one(Store, (house.brand.id, house.jingan.id)).region_id = region.id
        people.add(
            login="qu", name="曲", role=Role.REGION_MANAGER, password=factories.PASSWORD,
            region_ids=[region.id],
        )  # fmt: skip
    scan(house)
    qu = phone_of("qu")

    assert qu.board()["counts"]["scans"] == 1
    assert "1 位在等" not in qu.page("/guide/me")  # one store: nothing to choose
    assert qu.get(f"/guide/board.json?store={house.hubin.id}").status_code == 404
