"""A region manager: her stores are those of her regions, today's and tomorrow's."""

import pytest

from app.core import db
from app.staff import service as staff
from app.staff.models import Face, Role
from app.stores.models import Region, Store
from tests import factories


@pytest.fixture
def east(app, house) -> int:
    """华东, in which 静安寺店 stands; 湖滨店 stands in none. Ruo looks after it."""
    with db.transaction(house.brand.id) as session:
        region = Region(name="华东")
        session.add(region)
        session.flush()
        db.get(Store, house.jingan.id).region_id = region.id
        staff.add(
            login="ruo",
            name="若",
            role=Role.REGION_MANAGER,
            password=factories.PASSWORD,
            region_ids=[region.id],
        )
    return region.id


@pytest.fixture
def ruo(client, east):
    client.set_cookie("huike_console", factories.sign_in("ruo", Face.CONSOLE))
    return client


def scope_of(client) -> frozenset[int] | None:
    token = client.get_cookie("huike_console").value
    return factories.actor(token, Face.CONSOLE).store_ids


def test_her_stores_are_those_of_her_region(ruo, house):
    assert scope_of(ruo) == {house.jingan.id}
    assert ruo.get(f"/console/stores/{house.jingan.id}").status_code == 200
    assert ruo.get(f"/console/stores/{house.hubin.id}").status_code == 404


def test_a_store_that_moves_into_her_region_is_hers_with_the_next_request(ruo, house, east):
    with db.transaction(house.brand.id):
        db.get(Store, house.hubin.id).region_id = east

    assert ruo.get(f"/console/stores/{house.hubin.id}").status_code == 200


def test_pushes_and_the_guides_phone_are_not_hers(ruo):
    token = ruo.get_cookie("huike_console").value
    ruo.set_cookie("huike_guide", token)

    assert ruo.get("/console/pushes").status_code == 403
    assert ruo.get("/guide/board").status_code == 401
