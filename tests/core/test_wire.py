"""One statement, driven by the loop: its rows, its failures, and a database that goes away."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from app.core import database, db
from app.core.wire import Wire

ECHO = "SELECT length($1::text), $2::text"
DIVIDE = "SELECT 1 / $1::int"
MYSELF = "SELECT pg_backend_pid()"


@pytest.fixture
def conninfo(own_database) -> str:
    return database.conninfo(db.with_limits(own_database.database_system_url))


def asked(wire: Wire, *questions: list[bytes]) -> list[object]:
    """The answers, or the errors, one after another on one loop."""

    async def ask_all() -> list[object]:
        told: list[object] = []
        for values in questions:
            try:
                told.append(await wire.ask(values))
            except psycopg.Error as error:
                told.append(type(error))
        wire.close()
        return told

    return asyncio.run(ask_all())


def test_rows_come_back_as_texts(conninfo):
    assert asked(Wire(conninfo, ECHO), [b"abc", "禾".encode()]) == [[("3", "禾")]]


def test_a_statement_larger_than_the_socket_takes_at_once_goes_through(conninfo):
    large = b"x" * 20_000_000

    assert asked(Wire(conninfo, ECHO), [large, b"-"]) == [[("20000000", "-")]]


def test_after_a_refused_statement_the_next_is_answered(conninfo):
    told = asked(Wire(conninfo, DIVIDE), [b"0"], [b"1"])

    assert told == [psycopg.errors.DivisionByZero, [("1",)]]


def test_a_table_that_a_migration_brings_later_is_found_without_a_restart(conninfo, own_database):
    wire = Wire(conninfo, "SELECT count(*) FROM brought_later")

    async def ask_before_and_after() -> list[object]:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await wire.ask([])
        with psycopg.connect(database.conninfo(own_database.database_owner_url)) as owner:
            owner.execute("CREATE TABLE brought_later (id int)")
            owner.execute("GRANT SELECT ON brought_later TO PUBLIC")
        rows = await wire.ask([])
        wire.close()
        return rows

    assert asyncio.run(ask_before_and_after()) == [("0",)]


def test_a_database_that_is_not_there_is_an_error_each_time(conninfo):
    nowhere = psycopg.conninfo.make_conninfo(conninfo, host="127.0.0.1", port=9)

    told = asked(Wire(nowhere, MYSELF), [], [])

    assert all(issubclass(kind, psycopg.OperationalError) for kind in told)


@pytest.mark.fault
def test_a_connection_that_was_cut_is_replaced(conninfo, admin):
    wire = Wire(conninfo, MYSELF)

    async def cut() -> tuple[str, object, str]:
        ((first,),) = await wire.ask([])
        with psycopg.connect(database.conninfo(admin), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [int(first)])
        try:
            between: object = await wire.ask([])
        except psycopg.OperationalError as error:
            between = type(error)
        ((second,),) = await wire.ask([])
        wire.close()
        return first, between, second

    first, _between, second = asyncio.run(cut())

    assert first != second


@pytest.mark.fault
def test_who_is_cut_off_while_asking_hears_of_it(conninfo, admin):
    wire = Wire(conninfo, "SELECT pg_sleep(5)")

    async def cut() -> object:
        asking = asyncio.create_task(wire.ask([]))
        await asyncio.sleep(0.3)
        with psycopg.connect(database.conninfo(admin), autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = %s",
                ["SELECT pg_sleep(5)"],
            )
        try:
            return await asyncio.wait_for(asking, 3)
        except psycopg.OperationalError as error:
            return type(error)

    assert issubclass(asyncio.run(cut()), psycopg.OperationalError)
