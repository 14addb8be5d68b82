"""A call centre with a key of its own, signing as Standard Webhooks asks."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from app.core import clock, db
from app.pos import service as pos
from app.pos.models import ApiScope
from app.pos.signing import sign
from app.staff.models import Face
from tests import factories

ALL = tuple(str(scope) for scope in ApiScope)


@dataclass
class Caller:
    """A machine outside: what it sends is signed unless told otherwise."""

    client: FlaskClient
    public_id: str
    secret: str
    changes: dict[str, str] = field(default_factory=dict)
    follows: bool = False  # whether its clock moves with ours

    def post(self, path: str, body: object, *, key: str | None = None, **headers: str):
        raw = json.dumps(body).encode()
        given = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        whole = given | self.signed(raw) | _dashed(headers)
        return self.client.post(f"/open/v1{path}", data=raw, headers=whole)

    def put(self, path: str, body: object, *, key: str):
        raw = json.dumps(body).encode()
        given = {"Content-Type": "application/json", "Idempotency-Key": key}
        return self.client.put(f"/open/v1{path}", data=raw, headers=given | self.signed(raw))

    def get(self, path: str, **headers: str):
        return self.client.get(f"/open/v1{path}", headers=self.signed(b"") | _dashed(headers))

    def signed(self, body: bytes) -> dict[str, str]:
        message_id, timestamp = (
            f"msg_{uuid4().hex}",
            str(clock.stamp() if self.follows else int(time.time())),
        )
        return {
            "Huike-Key": self.public_id,
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": sign(self.secret, message_id, timestamp, body),
        }


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture
def mei(house):
    """Mei at headquarters, as services know her."""
    return factories.actor(factories.sign_in("mei", Face.CONSOLE), Face.CONSOLE)


@pytest.fixture
def client(request) -> FlaskClient:
    """On rollback, or with real commits where the test has a database of its own."""
    own = "own_database" in request.fixturenames
    if own:
        request.getfixturevalue("own_database")
    return request.getfixturevalue("built_app" if own else "app").test_client()


@pytest.fixture
def make_caller(client, house, mei):
    def make(*scopes: str, **given: object) -> Caller:
        with db.transaction(house.brand.id):
            made = pos.add_key(mei, name="呼叫中心", scopes=scopes or ALL, **given)
        return Caller(client, made.key.public_id, made.secret)

    return make


@pytest.fixture
def caller(make_caller) -> Caller:
    """May do everything."""
    return make_caller()


@pytest.fixture
def lin(house):
    """A member with a phone."""
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    return factories.make_member(house.brand.id, fan.id, "13800005678")
