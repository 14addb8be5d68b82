"""A brand at WeCom: Wei's own code in her store, the sandbox telling of customers, the workers."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.journeys import greeting, jobs
from app.staff.models import Way
from app.staff.service import bindings
from app.stores import contact_ways, queries
from app.stores.models import QrCode
from app.wechat.models import ContactWelcome
from tests import factories
from tests.sandbox.play import Sandbox

WEI = "XiaoWei"
SEND = "/cgi-bin/externalcontact/send_welcome_msg"


@dataclass
class Wecom:
    """What a story of customers needs."""

    house: SimpleNamespace
    box: Sandbox
    corp_id: str
    account_id: int
    code: QrCode

    @property
    def brand_id(self) -> int:
        return self.house.brand.id

    def adds(self, name: str, **given: object) -> dict:
        """She adds Wei by her code, and WeCom tells it."""
        return self.told(name, "add-guide", **({"userid": WEI, "state": self.code.scene} | given))

    def parts(self, name: str, by: str = "customer") -> dict:
        return self.told(name, "part", userid=WEI, by=by)

    def told(self, name: str, what: str, **given: object) -> dict:
        person = self.box.person(name)["person_id"]
        body = {"corpid": self.corp_id, "wait": True, **given}
        return self.box.admin("POST", f"/people/{person}/{what}", body)

    def resends(self, name: str) -> None:
        person = self.box.person(name)["person_id"]
        self.box.admin("POST", f"/people/{person}/resend", {"times": 2})

    def work(self) -> None:
        greeting.work()
        jobs.work()

    def received(self, name: str) -> list[str]:
        """The welcomes in her chat."""
        person = self.box.person(name)["person_id"]
        found = self.box.admin("GET", f"/people/{person}/welcomes/{self.corp_id}")["welcomes"]
        return [one["text"] for one in found]

    def ways(self) -> list[dict]:
        """Every 联系我 that WeCom keeps for the corp."""
        asked = {"corpid": self.corp_id, "corpsecret": f"secret-of-{self.corp_id}"}
        token = self.box.get("/cgi-bin/gettoken", **asked)["access_token"]
        path = "/cgi-bin/externalcontact/"
        listed = self.box.post(path + "list_contact_way", {"limit": 1000}, token)["contact_way"]
        return [
            self.box.post(path + "get_contact_way", one, token)["contact_way"] for one in listed
        ]

    def calls(self) -> int:
        return len([one for one in self.box.log(kind="api") if one["path"] == SEND])

    def rows(self) -> list[ContactWelcome]:
        with db.transaction(self.brand_id):
            return list(session.scalars(select(ContactWelcome).order_by(ContactWelcome.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]


def open_shop(box: Sandbox, house: SimpleNamespace, huike: str) -> Wecom:
    """Huike stands at this address; Wei has bound her account at the corp."""
    box.admin("POST", "/reset")
    box.admin("DELETE", "/faults")
    corp = factories.connect_wecom(house.brand.id)
    known = {"secret": f"secret-of-{corp.corp_id}", "agent_id": "1000002"}
    known |= {"members": {WEI: box.person("wei")["person_id"]}, "token": factories.CALLBACK_TOKEN}
    known |= {"callback_url": f"{huike}/wechat/{corp.account.url_key}/callback"}
    box.admin("PUT", f"/corps/{corp.corp_id}", known | {"encoding_aes_key": factories.AES_KEY})
    with db.transaction(house.brand.id):
        bindings.bind(house.wei.id, Way.WECOM, WEI)
        asked = contact_ways.guides_own(
            house.brand.id, staff_id=house.wei.id, store_id=house.jingan.id, userid=WEI
        )
        code = queries.code(asked.code_id)
    return Wecom(house, box, corp.corp_id, corp.account.id, code)
