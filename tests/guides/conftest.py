"""Lin has scanned at 静安寺店, where Wei works; Bo works elsewhere."""

from __future__ import annotations

import re
from datetime import datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import Engine, event

from app.core import clock, db
from app.members import queries as members
from app.visits import service as visits
from app.visits.models import VisitKind
from tests import factories


class Phone:
    """A guide's phone: a browser that is signed in and sends forms as the pages do."""

    def __init__(self, client, login: str) -> None:
        self.client = client
        client.set_cookie("huike_guide", factories.sign_in(login))
        page = client.get("/guide/me").get_data(as_text=True)
        self.csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    def get(self, path: str):
        return self.client.get(path)

    def board(self, after: int = 0) -> dict:
        return self.client.get(f"/guide/board.json?after={after}").get_json()

    def page(self, path: str = "/guide/board") -> str:
        return self.client.get(path).get_data(as_text=True)

    def act(self, verb: str, visit_id: int, key: str = "a-key-of-the-page", **fields):
        return self.post(f"/guide/visits/{visit_id}/{verb}", key=key, **fields)

    def post(self, path: str, **fields):
        headers = {"HX-Request": "true", "X-CSRFToken": self.csrf}
        return self.client.post(path, data={"after": 0} | fields, headers=headers)


@pytest.fixture
def phone_of(built_app, house):
    """`phone_of("wei")`, each a browser of its own."""
    return lambda login: Phone(built_app.test_client(), login)


@pytest.fixture
def wei(phone_of):
    return phone_of("wei")


@pytest.fixture
def bo(phone_of):
    return phone_of("bo")


def scan(
    house: SimpleNamespace,
    openid: str = "o-lin",
    *,
    store: SimpleNamespace | None = None,
    kind: VisitKind = VisitKind.FOLLOWED,
    at: datetime | None = None,
) -> SimpleNamespace:
    """She scans the counter's code; answers the ids of what was recorded."""
    store = store or house.jingan
    fan = factories.make_fan(house.brand.id, house.brand.service.id, openid)
    with db.transaction(house.brand.id):
        visit = visits.record(members.fan(fan.id), store.code, kind, at or clock.now())
        return SimpleNamespace(id=visit.id, seq=visit.seq, fan_id=fan.id)


def join(house: SimpleNamespace, fan_id: int, phone: str = "13800005678", name: str | None = None):
    """She becomes a member and gets what joining gives."""
    from app.benefits import service as benefits
    from app.members import service as people

    member = factories.make_member(house.brand.id, fan_id, phone)
    with db.transaction(house.brand.id):
        benefits.give_joining_gifts(house.brand.brand, member.id)
        if name:
            db.get(type(member), member.id).name_encrypted = people.seal_name(name)
        visits.joined([fan_id], clock.now())
    return member


def count_queries(act) -> int:
    """How many statements an act costs."""
    seen = []

    def count(*_given):
        seen.append(1)

    event.listen(Engine, "before_cursor_execute", count)
    act()
    event.remove(Engine, "before_cursor_execute", count)
    return len(seen)
