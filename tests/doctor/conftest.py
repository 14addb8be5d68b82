"""A whole installation: web, stream, workers, timekeeper, its own database and Valkey, WeChat."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import URL
from werkzeug.serving import make_server

from app.core import codes, db, queue
from app.core.settings import Settings
from app.core.supervisor import _valkey_server
from app.doctor import examination
from app.doctor.patient import Patient
from app.doctor.steps import Finding
from app.wechat import gateway
from tests import factories, ground
from tests.guides import processes
from tests.sandbox.play import Sandbox, eventually

COMMANDS = {
    "worker_now": ["app.worker", "now"],
    "worker_fast": ["app.worker", "fast"],
    "worker_bulk": ["app.worker", "bulk"],
    "timekeeper": ["app.timekeeper"],
}


@contextmanager
def running_valkey(*options: str) -> Iterator[str]:
    """A Valkey with these options; gives its address."""
    folder = Path(tempfile.mkdtemp(prefix="huike-doctor-"))
    place = folder / "valkey.sock"
    command = [str(_valkey_server()), "--port", "0", "--unixsocket", str(place), "--save", ""]
    command += ["--dir", str(folder), "--loglevel", "warning", *options]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        eventually(place.exists)
        yield f"unix://{place}"
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder)


def environment(settings: Settings, **given: str) -> dict[str, str]:
    """The environment in which a process would read these settings."""
    own = {
        "HUIKE_ENV": settings.env,
        "DATABASE_URL": settings.database_url,
        "DATABASE_SYSTEM_URL": settings.database_system_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "DATA_KEYS": ground.DATA_KEYS,
        "INDEX_KEY": base64.b64encode(settings.index_key).decode(),
        "PUBLIC_URL": settings.public_url,
        "STREAM_URL": settings.stream_url,
        "WECHAT_API_BASE_URL": settings.wechat_api_base_url,
        "HUIKE_VAR": str(settings.var),
    }
    return {**os.environ, **own, **given}  # noqa: TID251


@dataclass
class Installation:
    """What is examined, and the handles by which a test breaks it."""

    settings: Settings
    brand: SimpleNamespace
    wechat: Sandbox
    owner: psycopg.Connection
    running: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start(self, name: str) -> None:
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", *COMMANDS[name]],
            env=environment(self.settings),
            cwd=ground.ROOT,
            start_new_session=True,
        )

    def begin(self) -> None:
        """Everything runs, and WeChat knows both accounts."""
        self.wechat.admin("POST", "/reset")
        self.wechat.admin("DELETE", "/faults")
        for account in (self.brand.service, self.brand.mini):
            self.change_account(account)
        for name in COMMANDS:
            self.start(name)
        eventually(lambda: is_at_work(queue.NOW) and is_at_work(queue.BULK), 40)
        eventually(lambda: self.sql("SELECT name FROM pulses"), 40)
        self.hear()
        eventually(lambda: self.sql("SELECT name FROM events"), 40)

    def hear(self) -> None:
        """Somebody follows, and WeChat has told us or given up. Always another one: the same
        act of the same person within one second would be a resend."""
        guest = self.wechat.person(f"guest-{codes.code(8)}")
        self.wechat.act(guest, "follow", appid=self.brand.service.appid)

    def stop_all(self) -> None:
        """At once: a worker that is awake would first stay awake to the end."""
        for process in self.running.values():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def stop(self, name: str) -> None:
        process = self.running.pop(name)
        process.terminate()
        process.wait(70)

    def examine(self, settings: Settings | None = None, **asked: object) -> list[Finding]:
        return list(examination.examine(self.patient(settings, **asked)))

    def first_failed(self, settings: Settings | None = None) -> Finding | None:
        """As the doctor would name it; what comes after it is not looked at."""
        return examination.first_failed(examination.examine(self.patient(settings)))

    def patient(self, settings: Settings | None = None, **asked: object) -> Patient:
        return Patient(lambda: settings or self.settings, lambda _: None, **asked)

    def change_account(self, account: object = None, **columns: object) -> None:
        """What WeChat's console holds for the account from now on."""
        know(self.wechat, account or self.brand.service, self.settings.public_url, **columns)

    @contextmanager
    def held(self, statement: str) -> Iterator[None]:
        """Done and seen by everybody, but locked: as by a worker that hangs."""
        self.sql(statement)
        with psycopg.connect(self.owner.info.dsn) as other:
            other.execute("SELECT FROM inbox WHERE state = 'new' FOR UPDATE")
            yield

    def sql(self, statement: str) -> list[tuple]:
        """As a superuser, past every wall and every rule of ours."""
        cursor = self.owner.execute(statement)
        return cursor.fetchall() if cursor.description else []


def know(wechat: Sandbox, account: object, web: str, **given: object) -> None:
    """WeChat holds this for the account."""
    known = {
        "kind": account.kind,
        "secret": f"secret-of-{account.appid}",
        "original_id": account.original_id,
        "name": "禾木集",
        "callback_url": f"{web}/wechat/{account.url_key}/callback",
        "token": factories.CALLBACK_TOKEN,
        "encoding_aes_key": factories.AES_KEY,
    }
    wechat.admin("PUT", f"/accounts/{account.appid}", known | given)


@contextmanager
def serving(app: object) -> Iterator[str]:
    """The web application at a real address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@contextmanager
def queue_at(redis_url: str) -> Iterator[None]:
    """This process rings there, until the block is left."""
    before = queue._connection
    queue.configure(redis_url)
    yield
    queue._connection = before


@contextmanager
def superuser(admin: URL, settings: Settings) -> Iterator[psycopg.Connection]:
    name = db.make_url(settings.database_url).database
    place = admin.set(drivername="postgresql", database=name)
    dsn = place.render_as_string(hide_password=False)
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def is_at_work(name: str) -> bool:
    return bool(queue.heartbeats(name))


@pytest.fixture(scope="module")
def installation(admin, built_app, wechat_box) -> Iterator[Installation]:
    with ExitStack() as stack:
        redis_url = stack.enter_context(running_valkey("--appendonly", "yes"))
        stack.enter_context(queue_at(redis_url))
        settings = stack.enter_context(processes.own_database(admin, built_app))
        web = stack.enter_context(serving(built_app))
        port = processes.free_port()
        stream = f"http://127.0.0.1:{port}"
        settings = replace(
            settings,
            redis_url=redis_url,
            public_url=web,
            callback_url=web,
            stream_url=stream,
            wechat_api_base_url=wechat_box.url,
        )
        gateway.configure(wechat_box.url)
        stack.enter_context(processes.running_stream(settings, port, web))
        owner = stack.enter_context(superuser(admin, settings))
        found = Installation(settings, factories.make_brand(), wechat_box, owner)
        stack.callback(found.stop_all)
        found.begin()
        yield found
