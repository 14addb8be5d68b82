"""A shopper with a phone: she acts in the sandbox's WeChat and speaks to the card's API."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from tests.card.phone import chromium, open_phone, wechat  # noqa: F401 - fixtures
from tests.sandbox.play import AES_KEY, TOKEN, Sandbox

AGREEMENT = "2026-11"


@dataclass
class Shopper:
    """One person in WeChat, holding one mini-program."""

    client: FlaskClient
    box: Sandbox
    appid: str
    person: dict
    headers: dict = field(default_factory=dict)

    def login_code(self) -> str:
        return self._act("login")["code"]

    def phone_code(self, **given: object) -> str:
        return self._act("phone", allow=True, **given)["code"]

    def _act(self, what: str, **given: object) -> dict:
        body = {"appid": self.appid, **given}
        return self.box.admin("POST", f"/people/{self.person['person_id']}/{what}", body)

    def sign_in(self) -> Shopper:
        body = {"appid": self.appid, "code": self.login_code()}
        answer = self.client.post("/api/v1/session", json=body)
        assert answer.status_code == 201, answer.json
        self.headers = {"Authorization": f"Bearer {answer.json['token']}"}
        return self

    def get(self, path: str):
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def join(self, phone_code: str | None = None, *, key: str | None = None, **given: object):
        wish = {"phone_code": phone_code or self.phone_code(), "agreed": True, "marketing": False}
        headers = {**self.headers, "Idempotency-Key": key or uuid4().hex}
        body = {**wish, "agreement": AGREEMENT, **given}
        return self.client.post("/api/v1/join", json=body, headers=headers)


@pytest.fixture
def client(request) -> FlaskClient:
    """On rollback, or with real commits where the test has a database of its own."""
    own = "own_database" in request.fixturenames
    if own:
        request.getfixturevalue("own_database")
    return request.getfixturevalue("built_app" if own else "app").test_client()


@pytest.fixture
def box(wechat_box: Sandbox, house) -> Sandbox:
    """WeChat, knowing the brand's two accounts."""
    wechat_box.admin("POST", "/reset")
    for account in (house.brand.service, house.brand.mini):
        known = {"kind": account.kind, "secret": f"secret-of-{account.appid}", "name": "禾木集"}
        known |= {"original_id": account.original_id, "callback_url": "http://127.0.0.1:9/"}
        known |= {"token": TOKEN, "encoding_aes_key": AES_KEY}
        wechat_box.admin("PUT", f"/accounts/{account.appid}", known)
    return wechat_box


@pytest.fixture
def make_shopper(client, box, house):
    """A person with a synthetic phone, not signed in yet."""

    def make(key: str = "lin", **given: str) -> Shopper:
        return Shopper(client, box, house.brand.mini.appid, box.person(key, **given))

    return make


@pytest.fixture
def lin(make_shopper) -> Shopper:
    return make_shopper().sign_in()
