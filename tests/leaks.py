"""The end of the whole test run: nothing that tests plant lies in clear in what they leave.

Every database that tests committed to is read before it is dropped, Valkey with its jobs when the
worker ends, and what each test's processes printed. `tests/soak/g11.py` does the same with every
route, all five processes and failures; this is over what all other tests happen to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
import pytest
import redis as redis_package
from psycopg import sql
from sqlalchemy import URL, make_url

from app.core import database
from tests import factories, ground
from tests.soak.canaries import Canaries, Hit, whole_valkey

NAMES = ("林梅", "林兰", "林小姐", "林女士", "林一")
SECRETS = (
    factories.PASSWORD,
    factories.AES_KEY,
    factories.CALLBACK_TOKEN,
    "secret-of-wxservice",
    "secret-of-wxmini",
    ground.SECRET,
    ground.INDEX_KEY,
    ground.DATA_KEYS.partition(":")[2],
)
_A_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_AN_OPENID = re.compile(r'"(o-[a-z0-9-]{3,})"')
_A_UNIONID = re.compile(r'"(u-[a-z0-9-]{3,})"')


class Leak(AssertionError):
    """A planted value lies in clear."""


@cache
def planted() -> Canaries:
    """Whatever the tests' sources call a phone, an openid or a unionid; names and secrets."""
    sources = "\n".join(path.read_text() for path in (ground.ROOT / "tests").rglob("*.py"))
    return Canaries(
        {
            "phone": set(_A_PHONE.findall(sources)),
            "name": NAMES,
            "openid": set(_AN_OPENID.findall(sources)),
            "unionid": set(_A_UNIONID.findall(sources)),
            "secret": SECRETS,
        }
    )


def refuse(where: str, data: bytes) -> None:
    """Raises Leak naming what was found, in which form, and where."""
    _refuse(planted().found_in(data, where))


def _refuse(hits: list[Hit]) -> None:
    if hits:
        found = "\n".join(f"{hit.what} as {hit.form} in {hit.where}" for hit in hits)
        raise Leak(f"planted values lie in clear:\n{found}")


@contextmanager
def cloned(admin: URL) -> Iterator[database.Urls]:
    """A database of one's own that is searched before it is dropped. Raises Leak."""
    with ground.cloned(admin) as urls:
        yield urls
        refuse_in_database(admin.set(database=make_url(urls.app).database))


def refuse_in_database(url: URL) -> None:
    """All rows of all tables, as a superuser whom no policy stops. Raises Leak."""
    with psycopg.connect(database.conninfo(url)) as connection:
        for table, words in connection.execute(_every_row(connection)).fetchall():
            if planted().found_in(words.encode(), table):
                _refuse(_by_column(connection, table))


def _every_row(connection: psycopg.Connection) -> sql.Composed:
    """One statement, since there are many databases: each table that holds rows, as one text."""
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    one = sql.SQL("SELECT {}, string_agg(t::text, E'\\n') FROM {} t HAVING count(*) > 0")
    return sql.SQL(" UNION ALL ").join(
        one.format(sql.Literal(name), sql.Identifier(name))
        for (name,) in connection.execute(names).fetchall()
    )


def _by_column(connection: psycopg.Connection, table: str) -> list[Hit]:
    """Where exactly, once the table is known."""
    look = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))
    columns = [one.name for one in connection.execute(look).description or ()]
    hits = []
    for column in columns:
        of_column = sql.SQL("SELECT string_agg({}::text, E'\\n') FROM {}")
        statement = of_column.format(sql.Identifier(column), sql.Identifier(table))
        (words,) = connection.execute(statement).fetchone() or (None,)
        hits += planted().found_in((words or "").encode(), f"{table}.{column}")
    return hits


def refuse_in_valkey(client: redis_package.Redis) -> None:
    """Every key with its value; jobs are opened. Raises Leak."""
    for where, data in whole_valkey(client):
        refuse(where, data)


def judge(report: pytest.TestReport) -> None:
    """A test that printed a planted value fails; a log of Huike's goes to the standard output."""
    try:
        for name, text in report.sections:
            if "log" not in name:  # pytest's own handler fills in what Huike's leaves out
                refuse(name, text.encode())
    except Leak as leak:
        report.outcome, report.longrepr = "failed", str(leak)
