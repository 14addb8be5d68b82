"""A brand of Huike's own to measure on: a fresh database beside private servers of the bench."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.brands import service as brands
from app.brands.models import AccountKind
from app.core import database, db, embedded, migrate, queue
from app.core.settings import Settings
from app.process import Process
from app.wechat import replies
from app.wechat.models import ReplyKind, Trigger
from bench.servers import ROOT

TOKEN, APPID = "bench-token", "wxbench0000000001"
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
SECRETS = {
    "SECRET_KEY": "only-for-measuring-" + "x" * 32,
    "DATA_KEYS": "b1:" + base64.b64encode(bytes(range(32))).decode(),
    "INDEX_KEY": base64.b64encode(bytes(range(32, 64))).decode(),
}
BENCH_VAR = ROOT / "var" / "bench"


@dataclass(frozen=True)
class House:
    """What a server or a worker needs to run for this brand."""

    environ: dict[str, str]
    process: Process
    brand_id: int
    account_id: int
    url_key: str


@contextmanager
def open_house(wechat_url: str = "http://127.0.0.1:9") -> Iterator[House]:
    """A migrated database of its own with one brand and one account."""
    servers = embedded.ensure(BENCH_VAR)
    admin = database.make_url(servers.database_url)
    name = f"huike_bench_{os.getpid()}"
    database.drop(admin, name)
    urls = database.prepare(admin, name)
    migrate.upgrade(urls.owner)
    environ = {
        "HUIKE_ENV": "demo",
        "DATABASE_URL": urls.app,
        "DATABASE_SYSTEM_URL": urls.system,
        "DATABASE_OWNER_URL": urls.owner,
        "REDIS_URL": servers.redis_url,
        "WECHAT_API_BASE_URL": wechat_url,
        "HUIKE_VAR": str(BENCH_VAR),
        **SECRETS,
    }
    process = Process(Settings.from_env(environ), urls)
    _forget_counts()
    try:
        yield _with_brand(environ, process)
    finally:
        process.disconnect()
        database.drop(admin, name)


def _forget_counts() -> None:
    """A fresh brand has the number of one that was measured before: that one's calls of today
    are not its own."""
    for key in queue.connection().scan_iter("huike:calls:*"):
        queue.connection().delete(key)


def _with_brand(environ: dict[str, str], process: Process) -> House:
    with db.system_transaction():
        brand = brands.create(slug="bench", name="禾木集", color="#0a7a4e")
        db.session.flush()
        account = brands.add_account(
            brand_id=brand.id,
            kind=AccountKind.SERVICE,
            appid=APPID,
            original_id="gh_bench",
            name="bench",
            secret="bench-secret",
            callback_token=TOKEN,
            aes_key=AES_KEY,
        )
        db.session.flush()
        found = House(environ, process, brand.id, account.id, account.url_key)
    with db.transaction(found.brand_id):
        text = {"text": "欢迎来到禾木集"}
        replies.add(found.account_id, Trigger.SCANNED, ReplyKind.TEXT, text)
    return found
