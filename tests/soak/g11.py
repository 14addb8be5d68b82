"""G11: no phone, name, openid or secret in the database, in Valkey, in a job or in a log.

All five processes run. Values are planted where people and WeChat bring them, every route is
asked with them in address, query, body and headers, and things are broken meanwhile. Then all
bytes are searched. The controls leak on purpose, at each of the three places.
"""

from __future__ import annotations

import json
import random
import re
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import psycopg
import redis
import structlog
import urllib3
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import make_url, select
from werkzeug.routing import Rule

from app.core import db, embedded
from app.core.database import conninfo
from app.factory import create_app
from app.members import queries
from app.members.models import FieldKind
from app.members.service import fields
from app.pos import service as machines
from app.pos.models import ApiScope
from app.pos.signing import sign
from app.staff.models import Face, Role, Staff
from app.staff.service import totp
from tests import factories
from tests.access import matrix, town
from tests.sandbox.play import Sandbox, running
from tests.soak.canaries import Canaries, Hit, whole_database, whole_valkey
from tests.soak.installation import Installation, eventually, installed
from tests.soak.scene import row
from tests.wechat import letters

EVERY = ("web", "stream", "worker-now", "worker-fast", "worker-bulk", "timekeeper")
NAME = "欧阳金丝雀"
CSRF = re.compile(r'X-CSRFToken": "([^"]+)|csrf_token" value="([^"]+)')
AGREEMENT = "2026-11"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Bird:
    """The person whose data are planted, and every secret that was used on the way."""

    person: dict[str, Any]
    phone: str
    number: str = "0"  # once she is a member
    secrets: dict[str, set[str]] = field(default_factory=dict)

    @property
    def canaries(self) -> Canaries:
        openids, unionid = self.person["openids"].values(), self.person["unionid"]
        known = {"phone": {self.phone}, "name": {NAME}, "openid": set(openids)}
        return Canaries({**known, "unionid": {unionid}, **self.secrets})


def measure(
    seed: int, *, birds: int = 3, failures: Collection[str] | None = None
) -> dict[str, Any]:
    """Row G11; `birds` people are planted, each with a walk over all routes and the failures."""
    rng, asked, broken = random.Random(seed), set[str](), list[str]()
    with _scene() as stage:
        planted = [stage.bird(rng) for _ in range(birds)]
        for bird in planted:
            stage.act(bird)
            stage.fill_in(bird)
            asked |= stage.walk(bird)
            broken += stage.break_things(bird, failures or FAILURES)
        hits = [hit for bird in planted for hit in stage.search(bird)]
        said = stage.log().count(b"\n")
        control = stage.leak(planted[0])
    figures = {
        "endpoints": len(asked),
        "failures": len(set(broken)),
        "answers": {str(status): count for status, count in sorted(stage.heard.items())},
        "joined": sum(bird.number != "0" for bird in planted),
        "lines_logged": said,
        "values": sum(len(list(v)) for b in planted for v in b.canaries.values.values()),
        "hits": [f"{hit.what} as {hit.form} in {hit.where}" for hit in hits],
        "control_hits": control,
    }
    caught = all(control.values())
    return row("G11", seed, passed=not hits, control_failed=caught, figures=figures)


@contextmanager
def _scene() -> Iterator[Stage]:
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as said,
        running(Path(folder), "http://127.0.0.1:9", Path(folder)) as box,
        installed(EVERY, wechat=box.url, output=said) as home,
    ):
        yield Stage(home, box, Path(folder), said)


class Stage:
    """The installation, WeChat, and a town to ask about."""

    def __init__(self, home: Installation, box: Sandbox, folder: Path, said: Any) -> None:
        self.home, self.box, self.folder, self.said = home, box, folder, said
        self.url, self.callbacks = home.settings.public_url, home.settings.stream_url
        self.http = urllib3.PoolManager(retries=False, timeout=10)
        self.place = town._brand(0)[0]
        with db.transaction(self.place.brand.id):
            town._staff(self.place)
        self._let_wechat_know()
        self.key = self._api_key()
        self.totp_secret, self.recovery_codes = self._second_factor()
        self.failed: list[bytes] = []  # bodies of answers that were no success of ours
        self.heard: Counter[int] = Counter()
        if not eventually(self.is_whole, 90):
            raise RuntimeError("the installation does not come up")

    def _is_up(self) -> bool:
        return self.ask("GET", "/healthz") == 200

    def is_whole(self) -> bool:
        """Web, database and Valkey answer."""
        with suppress(psycopg.Error, redis.RedisError):
            self.run_sql("SELECT 1")
            return self.home.redis.ping() and self._is_up()
        return False

    def _let_wechat_know(self) -> None:
        for account in (self.place.brand.service, self.place.brand.mini):
            callback = f"{self.callbacks}/wechat/{account.url_key}/callback"
            known = {"kind": account.kind, "secret": f"secret-of-{account.appid}", "name": "禾木集"}
            known |= {"original_id": account.original_id, "callback_url": callback}
            known |= {"token": factories.CALLBACK_TOKEN, "encoding_aes_key": factories.AES_KEY}
            self.box.admin("PUT", f"/accounts/{account.appid}", known)

    def _api_key(self) -> SimpleNamespace:
        mei = factories.actor(self.place.desk(Role.ADMIN, Face.CONSOLE), Face.CONSOLE)
        with db.transaction(self.place.brand.id):
            made = machines.add_key(mei, name="呼叫中心", scopes=[str(one) for one in ApiScope])
        return SimpleNamespace(public_id=made.key.public_id, secret=made.secret)

    def _second_factor(self) -> tuple[str, set[str]]:
        """Of somebody whom nobody here signs in as."""
        login = town.login_of(self.place, Role.MARKETER)
        with db.transaction(self.place.brand.id):
            person = db.session.scalars(select(Staff).filter_by(login=login)).one()
            address = totp.begin(person)
            codes = totp.renew_recovery_codes(person)
        return parse_qs(urlsplit(address).query)["secret"][0], set(codes)

    # What people do

    def bird(self, rng: random.Random) -> Bird:
        """Somebody new, with a phone that nobody else has."""
        phone = f"199{rng.randrange(10**8):08d}"
        key = f"bird{rng.randrange(10**6)}"
        person = self.box.person(key, phone=phone)
        bird = Bird(person, phone)
        bird.secrets["password"] = {f"canary-password-{key}"}
        bird.secrets["API secret"] = {self.key.secret}
        bird.secrets["TOTP secret"] = {self.totp_secret}
        bird.secrets["recovery code"] = self.recovery_codes
        for account in (self.place.brand.service, self.place.brand.mini):
            bird.secrets.setdefault("AppSecret", set()).add(f"secret-of-{account.appid}")
        bird.secrets["callback token"] = {factories.CALLBACK_TOKEN}
        bird.secrets["AES key"] = {factories.AES_KEY}
        return bird

    def act(self, bird: Bird) -> None:
        """Follow, write, open the card, join, be talked about; each may fail while things are
        broken."""
        with suppress(AssertionError, urllib3.exceptions.HTTPError):
            self._follow_and_write(bird)
        with suppress(AssertionError, KeyError, ValueError, urllib3.exceptions.HTTPError):
            self._join(bird)
        self.call("/open/v1/contacts", json.dumps(self._contact(bird)).encode())
        self.call("/open/v1/members/lookup", json.dumps({"phone": bird.phone}).encode())
        password = next(iter(bird.secrets["password"]))
        self.ask("POST", "/console/login", fields={"login": bird.phone, "password": password})
        self.ask("GET", f"/console/members?{urlencode({'q': bird.phone})}", headers=self._desk())

    def fill_in(self, bird: Bird) -> None:
        """A field of the brand's own says her name, and once said it otherwise."""
        with db.transaction(self.place.brand.id):
            hers = queries.by_number(bird.number)
            told = fields.define_field(f"称呼{uuid4().hex[:8]}", FieldKind.TEXT)
            for words in (f"叫她{NAME}", f"{NAME}小姐"):
                if hers is not None:
                    fields.change_value(hers.id, told.id, words, actor="soak")

    def _contact(self, bird: Bird) -> dict[str, Any]:
        told = {"number": bird.number, "key": uuid4().hex, "channel": "call", "direction": "in"}
        return told | {"at": "2026-11-20T10:00:00+08:00", "text": f"{NAME} {bird.phone}"}

    def _follow_and_write(self, bird: Bird) -> None:
        account = self.place.brand.service
        openid = bird.person["openids"][account.appid]
        body = {"appid": account.appid}
        self.box.admin("POST", f"/people/{bird.person['person_id']}/follow", body)
        now = int(time.time())
        for message in (
            letters.text_message(f"我是{NAME}，电话 {bird.phone}", openid, at=now),
            letters.scan(openid, at=now),
            letters.event("user_info_modified", "oPLATFORM", at=now, OpenID=openid),
        ):
            query, sealed = letters.sealed(message, account.appid)
            address = f"/wechat/{account.url_key}/callback?{urlencode(query | {'openid': openid})}"
            for place in (self.callbacks, self.url):  # before Flask, and in it
                self.ask("POST", address, place, body=sealed.encode())

    def _join(self, bird: Bird) -> None:
        appid = self.place.brand.mini.appid
        path = f"/people/{bird.person['person_id']}"
        code = self.box.admin("POST", f"{path}/login", {"appid": appid})["code"]
        opened = self._json("POST", "/api/v1/session", {"appid": appid, "code": code}, {})
        bird.secrets.setdefault("session", set()).add(opened["token"])
        card = {"Authorization": f"Bearer {opened['token']}"}
        allowed = {"appid": appid, "allow": True}
        wish = {"phone_code": self.box.admin("POST", f"{path}/phone", allowed)["code"]}
        wish |= {"agreed": True, "marketing": True, "agreement": AGREEMENT}
        self._json("POST", "/api/v1/join", wish, {**card, "Idempotency-Key": code})
        self.ask("GET", "/api/v1/card", headers=card)
        me = self.http.request("GET", f"{self.url}/api/v1/me", headers=card).json()
        bird.number = me.get("number", bird.number)

    # How they are asked

    def ask(self, method: str, path: str, place: str = "", **given: Any) -> int:
        """One request; 0 when nobody answered. What a failure says is kept to be searched."""
        try:
            answer = self.http.request(method, (place or self.url) + path, redirect=False, **given)
        except urllib3.exceptions.HTTPError:
            return 0
        self.heard[answer.status] += 1
        if answer.status >= 400:
            self.failed.append(answer.data)
        return answer.status

    def _json(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        answer = self.http.request(method, self.url + path, json=body, headers=headers)
        return answer.json()

    def call(self, path: str, body: bytes) -> int:
        """As the call centre, signed."""
        return self.ask("POST", path, body=body, headers=self._signed(body))

    def _signed(self, body: bytes) -> dict[str, str]:
        message_id, stamp = f"msg_{uuid4().hex}", str(int(time.time()))
        signature = sign(self.key.secret, message_id, stamp, body)
        given = {"Huike-Key": self.key.public_id, "webhook-id": message_id}
        given |= {"webhook-timestamp": stamp, "webhook-signature": signature}
        return given | {"Content-Type": "application/json", "Idempotency-Key": uuid4().hex}

    def _desk(self) -> dict[str, str]:
        """Everybody at once: headquarters, a guide and a member."""
        desk = self.place.desk
        cookies = f"huike_console={desk(Role.ADMIN, Face.CONSOLE)}"
        cookies += f"; huike_guide={desk(Role.STORE_MANAGER, Face.GUIDE)}"
        return {"Cookie": cookies, "Authorization": f"Bearer {self.place.card()}"}

    def _with_form(self) -> dict[str, str]:
        """The same with what a form needs."""
        page = self.http.request("GET", f"{self.url}/console/", headers=self._desk())
        found = CSRF.search(page.data.decode())
        token = next(filter(None, found.groups())) if found else ""
        form = page.headers.get("Set-Cookie", "").partition(";")[0]
        desk = self._desk()
        return desk | {"Cookie": f"{desk['Cookie']}; {form}", "X-CSRFToken": token}

    def walk(self, bird: Bird) -> set[str]:
        """Every route and method, by everybody and by nobody, with her data wherever a request has
        room; answers the routes."""
        app = create_app(self.home.settings)
        carried = {"phone": bird.phone, "name": NAME, "q": bird.phone, "after": bird.phone}
        carried |= {"openid": next(iter(bird.person["openids"].values()))}
        query, asked = urlencode(carried), set()
        everybody, nobody = self._with_form(), self._nobody(bird)
        for rule in sorted(app.url_map.iter_rules(), key=str):
            path = matrix.path_of(rule, self._filled(rule))
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                if rule.endpoint.endswith("logout"):
                    continue  # the walk goes on
                asked.add(f"{method} {rule.rule}")
                for headers in (everybody, nobody):
                    self._carry(method, path, query, headers, bird)
            self.ask("GET", rule.rule.partition("<")[0] + bird.phone, headers=everybody)
        return asked

    def _filled(self, rule: Rule) -> dict[str, Any]:
        """With a row of the town where it has one; the matrix of access asks for more."""
        known = self.place.ids | town.WORDS
        return {name: known.get(name, 1) for name in rule.arguments}

    def _carry(
        self, method: str, path: str, query: str, headers: dict[str, str], bird: Bird
    ) -> None:
        """In the query, and in three kinds of body under names that no form has."""
        if method == "GET":
            self.ask("GET", f"{path}?{query}", headers=headers)
            return
        hers = {"whose_phone": bird.phone, "whose_name": NAME}
        self.ask(method, path, headers=headers | FORM, body=urlencode(hers))
        if "User-Agent" in headers:
            return  # nobody gets no further, whatever the body
        self.ask(method, path, headers=headers, json=hers)
        broken = json.dumps(hers, ensure_ascii=False).encode()[:-1]
        self.ask(method, path, headers=headers | self._signed(broken), body=broken)

    def _nobody(self, bird: Bird) -> dict[str, str]:
        """Her data where a session or an address of a proxy would be."""
        return {
            "Cookie": f"huike_console={bird.phone}; huike_guide={bird.phone}",
            "Authorization": f"Bearer {bird.phone}",
            "User-Agent": bird.phone,
            "Referer": f"{self.url}/{bird.phone}",
            "X-Forwarded-For": bird.phone,
            "Idempotency-Key": bird.phone,
        }

    # What breaks

    def break_things(self, bird: Bird, names: Collection[str]) -> Collection[str]:
        """Each failure while she acts; answers their names."""
        for name in names:
            with FAILURES[name](self):
                self.act(bird)
                time.sleep(0.3)  # workers run into it
            eventually(self._is_up, 60)
        return names

    def run_sql(self, *statements: str) -> None:
        """As a superuser."""
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @property
    def superuser(self) -> str:
        """The address that no policy stops."""
        return conninfo(make_url(embedded.places(self.home.var).database_url).set(database="huike"))

    # The search

    def search(self, bird: Bird) -> list[Hit]:
        """All bytes of database, Valkey, logs and of what failed requests were told."""
        self._learn_what_wechat_gave(bird)
        return [
            hit for where, data in self._everything() for hit in bird.canaries.found_in(data, where)
        ]

    def _everything(self) -> Iterator[tuple[str, bytes]]:
        yield from whole_database(self.superuser)
        yield from whole_valkey(self.home.redis)
        yield "logs", self.log()
        yield "answers", b"\n".join(self.failed)

    def log(self) -> bytes:
        """What all five processes have said."""
        self.said.seek(0)
        said: bytes = self.said.read()
        self.said.seek(0, 2)
        return said

    def _learn_what_wechat_gave(self, bird: Bird) -> None:
        for path in self.folder.rglob("*.db"):
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as kept:
                bird.secrets["session_key"] = {
                    r[0] for r in kept.execute("SELECT session_key FROM sessions")
                }
                bird.secrets["access token"] = {
                    r[0] for r in kept.execute("SELECT token FROM tokens")
                }

    def leak(self, bird: Bird) -> dict[str, int]:
        """The controls: one log line, one plain column, one job's argument; how often each was
        found."""
        with open(self.said.fileno(), "a", closefd=False) as said:
            structlog.PrintLogger(said).info(bird.phone)
        self.run_sql("CREATE TABLE leaky (name text)", f"INSERT INTO leaky VALUES ('{NAME}')")
        Queue("leaky", connection=self.home.redis, serializer=JSONSerializer).enqueue(
            print, bird.phone
        )
        hits = self.search(bird)
        return {
            place: sum(hit.where.startswith(place) for hit in hits)
            for place in ("logs", "table leaky", "valkey")
        }


# Each is on while somebody acts, and over afterwards.


@contextmanager
def _sql_until(stage: Stage, on: str, off: str) -> Iterator[None]:
    stage.run_sql(on)
    try:
        yield
    finally:
        stage.run_sql(off)


@contextmanager
def _killed(stage: Stage, victim: str) -> Iterator[None]:
    stage.home.kill(victim, is_redis_emptied=False)
    yield
    eventually(stage.is_whole, 60)


@contextmanager
def _wechat(stage: Stage, kind: str, **given: Any) -> Iterator[None]:
    stage.box.fault("*", kind, times=50, **given)
    try:
        yield
    finally:
        stage.box.admin("DELETE", "/faults")


def _moved(table: str) -> Callable[[Stage], Any]:
    on, off = f"ALTER TABLE {table} RENAME TO away", f"ALTER TABLE away RENAME TO {table}"
    return lambda stage: _sql_until(stage, on, off)


def _refusing(table: str) -> Callable[[Stage], Any]:
    """PostgreSQL tells the whole failing row."""
    on = f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK (false) NOT VALID"
    return lambda stage: _sql_until(stage, on, f"ALTER TABLE {table} DROP CONSTRAINT refused")


FAILURES: dict[str, Callable[[Stage], Any]] = {
    "a view crashes": _moved("members"),
    "a job crashes": _moved("reaction_work"),
    "the inbox is gone": _moved("inbox"),
    "fans are refused": _refusing("fans"),
    "members are refused": _refusing("members"),
    "WeChat says no": lambda stage: _wechat(stage, "errcode", errcode=40003),
    "WeChat writes nonsense": lambda stage: _wechat(stage, "garbage"),
    "WeChat breaks off": lambda stage: _wechat(stage, "half_body"),
    "WeChat loses its answer": lambda stage: _wechat(stage, "lose_response"),
    "callbacks' process is killed": lambda stage: _killed(stage, "stream"),
    "Valkey is killed": lambda stage: _killed(stage, "valkey"),
    "PostgreSQL is killed": lambda stage: _killed(stage, "postgres"),
}
