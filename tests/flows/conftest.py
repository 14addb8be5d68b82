"""The house open for business: callbacks arrive over HTTP, the sandbox plays WeChat."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from werkzeug.serving import make_server

from app.brands.models import WechatAccount
from app.core import codes
from app.journeys import jobs as now
from app.pushes import jobs as bulk
from app.staff.models import Face
from tests import factories
from tests.sandbox.play import Sandbox


@dataclass
class Shop:
    """What a story needs: the people, the two doors to WeChat, and the workers on call."""

    house: SimpleNamespace
    wechat: Sandbox
    web: str
    client: object

    @property
    def appid(self) -> str:
        return self.house.brand.service.appid

    def meet(self, name: str, **given: str) -> dict:
        return self.wechat.person(f"{name}-{codes.code(6)}", **given)

    def scan(self, person: dict, store: SimpleNamespace) -> dict:
        found = self._act(person, "scan", scene=store.code.scene)
        now.work()
        return found

    def unfollow(self, person: dict) -> None:
        self._act(person, "unfollow")
        now.work()

    def _act(self, person: dict, what: str, **given: object) -> dict:
        return self.wechat.act(person, what, appid=self.appid, **given)

    def join(self, person: dict, *, marketing: bool = True, **phone: object) -> object:
        """She opens the card, allows her phone, and joins; answers the API's response."""
        mini = self.house.brand.mini.appid
        code = self._code(person, "login", mini)
        session = self.client.post("/api/v1/session", json={"appid": mini, "code": code})
        bearer = {"Authorization": f"Bearer {session.json['token']}"}
        offer = self.client.get("/api/v1/welcome", headers=bearer).json
        wish = {
            "phone_code": self._code(person, "phone", mini, **phone),
            "agreed": True,
            "marketing": marketing,
            "agreement": offer["agreement"]["version"],
        }
        key = {"Idempotency-Key": codes.code(16)}
        answer = self.client.post("/api/v1/join", json=wish, headers=bearer | key)
        now.work()
        return answer

    def _code(self, person: dict, what: str, appid: str, **given: object) -> str:
        path = f"/people/{person['person_id']}/{what}"
        return self.wechat.admin("POST", path, {"appid": appid, **given})["code"]

    def phone_of(self, staff_login: str) -> GuidePage:
        return GuidePage(self.client.application.test_client(), staff_login)

    def send_pushes(self) -> None:
        bulk.work()

    def messages(self, person: dict) -> list[dict]:
        return self.wechat.messages(person)


class GuidePage:
    """A guide's signed-in browser."""

    def __init__(self, client, login: str) -> None:
        self.client = client
        client.set_cookie("huike_guide", factories.sign_in(login, Face.GUIDE))

    def board(self, after: int = 0) -> dict:
        return self.client.get(f"/guide/board.json?after={after}").json

    def act(self, visit_id: int, verb: str, key: str | None = None):
        form = {"key": key or codes.code(16)}
        return self.client.post(
            f"/guide/visits/{visit_id}/{verb}", data=form, headers={"HX-Request": "true"}
        )


@pytest.fixture
def shop(own_database, built_app, house, wechat_box) -> Iterator[Shop]:
    built_app.config["WTF_CSRF_ENABLED"] = False  # forms are tested with it in tests/guides
    server = make_server("127.0.0.1", 0, built_app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    web = f"http://127.0.0.1:{server.server_port}"
    wechat_box.admin("POST", "/reset")  # another test may have moved its clock or left a fault
    wechat_box.move_clock(0)
    for account in (house.brand.service, house.brand.mini):
        open_account(wechat_box, account, web)
    yield Shop(house, wechat_box, web, built_app.test_client())
    server.shutdown()
    server.server_close()
    built_app.config["WTF_CSRF_ENABLED"] = True


def open_account(wechat: Sandbox, account: WechatAccount, web: str) -> None:
    wechat.admin(
        "PUT",
        f"/accounts/{account.appid}",
        {
            "kind": account.kind,
            "secret": f"secret-of-{account.appid}",
            "original_id": account.original_id,
            "name": account.name,
            "callback_url": f"{web}/wechat/{account.url_key}/callback",
            "token": factories.CALLBACK_TOKEN,
            "encoding_aes_key": factories.AES_KEY,
            "mode": "safe",
        },
    )
