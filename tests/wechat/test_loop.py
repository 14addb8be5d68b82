"""The loop's own way of keeping letters: many callbacks at once, resends among them, and a
database that cuts the line."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from app.core import clock, database, db
from app.core.inbox import Kept, Letter
from app.wechat import service
from tests.wechat.conftest import inbox_rows

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE query LIKE '%INSERT INTO inbox%' AND pid <> pg_backend_pid()"
)


def letter(account, name: str, reply: str | None = None) -> Letter:
    return Letter(account.brand_id, account.id, name.rjust(64, "0"), f"<xml>{name}</xml>", reply)


@pytest.fixture
def conninfo(own_database) -> str:
    return database.conninfo(db.with_limits(own_database.database_system_url))


def test_what_comes_at_once_is_kept_each_once_and_answered_alike(account, conninfo):
    letters = [letter(account, f"e{number}", f"reply {number}") for number in range(50)]

    async def deliver() -> list[Kept]:
        keep = service.keeper(conninfo)
        return await asyncio.gather(*(keep(each) for each in letters * 2))

    told = asyncio.run(deliver())

    assert len(inbox_rows()) == 50
    assert sum(kept.is_new for kept in told) == 50
    assert [kept.reply for kept in told] == [each.reply for each in letters * 2]


def test_a_resend_hears_the_reply_of_the_first_time(account, conninfo):
    async def deliver() -> list[Kept]:
        keep = service.keeper(conninfo)
        first = await keep(letter(account, "follow", "欢迎"))
        return [first, await keep(letter(account, "follow", "另一句"))]

    first, again = asyncio.run(deliver())

    assert (first.is_new, again.is_new) == (True, False)
    assert (first.reply, again.reply) == ("欢迎", "欢迎")


@pytest.mark.fault
def test_after_the_line_was_cut_the_next_letter_is_kept_all_the_same(account, conninfo, admin):
    async def deliver() -> list[Kept]:
        keep = service.keeper(conninfo)
        told = [await keep(letter(account, "one"))]
        with psycopg.connect(database.conninfo(admin), autocommit=True) as other:
            assert other.execute(CUT).fetchall()
        told.append(await keep(letter(account, "two")))
        return told

    assert all(kept.is_new for kept in asyncio.run(deliver()))
    assert len(inbox_rows()) == 2
    assert {row.received_at <= clock.now() for row in inbox_rows()} == {True}
