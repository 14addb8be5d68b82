"""What tests stand on: servers, a migrated template, settings with keys of their own."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from app.core import database, embedded, migrate
from app.core.settings import Settings

ROOT = Path(__file__).parents[1]
SECRET = "only-for-tests-" + "x" * 32
DATA_KEYS = "t1:" + base64.b64encode(bytes(range(32))).decode()
INDEX_KEY = base64.b64encode(bytes(range(32, 64))).decode()


def admin_url() -> URL:
    """The server that tests make databases on: the one given, or the private one."""
    given = os.environ.get("DATABASE_URL")  # noqa: TID251
    if given:
        return make_url(given.replace("postgres://", "postgresql://", 1)).set(
            drivername="postgresql+psycopg"
        )
    return make_url(embedded.ensure(ROOT / "var").database_url)


def redis_url() -> str:
    given = os.environ.get("REDIS_URL")  # noqa: TID251
    return given or embedded.ensure(ROOT / "var").redis_url


def make_settings(urls: database.Urls, **given: str) -> Settings:
    """Settings as a process would read them."""
    return Settings.from_env(environ_of(urls) | given)


def environ_of(urls: database.Urls) -> dict[str, str]:
    """What a process of its own is started with."""
    return {
        "HUIKE_ENV": "test",
        "DATABASE_URL": urls.app,
        "DATABASE_SYSTEM_URL": urls.system,
        "DATABASE_OWNER_URL": urls.owner,
        "REDIS_URL": redis_url(),
        "SECRET_KEY": SECRET,
        "DATA_KEYS": DATA_KEYS,
        "INDEX_KEY": INDEX_KEY,
        "HUIKE_VAR": str(ROOT / "var" / "tests"),
    }


def template(admin: URL) -> str:
    """A migrated, empty database, made once for each state of the migrations."""
    name = f"huike_template_{_migrations_digest()}"
    with _connect(admin) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('huike template'))")
        found = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)"
        row = connection.execute(found, [name]).fetchone()
        if not (row and row[0]):
            _build(admin, connection, name)
    return name


def _build(admin: URL, connection: psycopg.Connection, name: str) -> None:
    """Under another name until it is whole, so that a killed run leaves no half template."""
    half = f"{name}_half"
    database.drop(admin, half)
    migrate.upgrade(database.prepare(admin, half).owner)
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    connection.execute(rename.format(sql.Identifier(half), sql.Identifier(name)))


@contextmanager
def cloned(admin: URL) -> Iterator[database.Urls]:
    """A database of one's own, with real commits, dropped at the end."""
    name = f"huike_test_{uuid4().hex[:12]}"
    source = template(admin)
    for _ in range(50):
        try:
            urls = database.prepare(admin, name, template=source)
            break
        except psycopg.errors.ObjectInUse:
            time.sleep(0.1)  # another worker is cloning the same template
    try:
        yield urls
    finally:
        database.drop(admin, name)


def _migrations_digest() -> str:
    content = hashlib.sha256()
    for path in sorted((ROOT / "migrations").rglob("*.py")):
        content.update(path.read_bytes())
    return content.hexdigest()[:12]


def _connect(url: URL) -> psycopg.Connection:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)
