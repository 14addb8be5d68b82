"""Desks at headquarters and in a store, and what happened in the stores today."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.members import queries as members
from app.orders.models import Order
from app.staff.models import Face, Role
from app.visits import service as visits
from app.visits.models import Visit, VisitKind
from tests import factories


class Desk:
    """A browser signed in to the console, sending forms as its pages do."""

    def __init__(self, client, login: str) -> None:
        self.client = client
        client.set_cookie("huike_console", factories.sign_in(login, Face.CONSOLE))

    def get(self, path: str):
        return self.client.get(f"/console{path}")

    def page(self, path: str) -> str:
        return self.get(path).get_data(as_text=True)

    def ask(self, path: str):
        """As htmx does: a POST whose answer replaces a part of the page."""
        return self.post(path, headers={"HX-Request": "true"})

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page("/"))[1]
        return self.client.post(
            f"/console{path}", data={"csrf_token": token} | fields, headers=headers
        )


@pytest.fixture
def desk_of(built_app, house, request):
    """`desk_of("mei")`, each a browser of its own, opened when the clock has been set."""
    if "noon" in request.fixturenames:
        request.getfixturevalue("noon")
    return lambda login: Desk(built_app.test_client(), login)


@pytest.fixture
def mei(desk_of):
    """Headquarters: all stores, pushes too."""
    return desk_of("mei")


@pytest.fixture
def lan(desk_of, house):
    """The manager of 静安寺店."""
    store_ids = [house.jingan.id]
    factories.make_staff(house.brand.id, "lan", Role.STORE_MANAGER, name="兰", store_ids=store_ids)
    return desk_of("lan")


@pytest.fixture
def noon():
    """A quarter past twelve today: hours before and after it are of the same business day."""
    day, _ = clock.day_bounds(clock.business_day(clock.now()))
    at = day + timedelta(hours=12, minutes=15)
    clock.move(at - clock.now())
    return at


def scan(
    house: SimpleNamespace,
    openid: str,
    at: datetime,
    *,
    store: SimpleNamespace | None = None,
    kind: VisitKind = VisitKind.FOLLOWED,
) -> int:
    """She scans in the store; answers her fan's id."""
    fan = factories.make_fan(house.brand.id, house.brand.service.id, openid)
    with db.transaction(house.brand.id):
        visits.record(members.fan(fan.id), (store or house.jingan).code, kind, at)
    return fan.id


def join(house: SimpleNamespace, fan_id: int, at: datetime) -> int:
    """She becomes a member; answers the member's id."""
    member = factories.make_member(house.brand.id, fan_id, f"138{fan_id:08d}")
    with db.transaction(house.brand.id):
        visits.joined([fan_id], at)
    return member.id


def greet_all(house: SimpleNamespace, at: datetime) -> None:
    with db.transaction(house.brand.id):
        for visit in session.scalars(select(Visit)):
            visit.greeted_at = at


def buy(house: SimpleNamespace, member_id: int | None, at: datetime, paid_fen: int) -> None:
    with db.transaction(house.brand.id):
        session.add(
            Order(
                source="till",
                order_no=f"N{member_id}-{paid_fen}",
                member_id=member_id,
                store_id=house.jingan.id,
                paid_at=at,
                paid_fen=paid_fen,
                list_fen=paid_fen,
                origin="pos",
            )
        )


def number(text: str) -> int:
    """`1,286` as it stands on a page."""
    return int(text.replace(",", ""))
