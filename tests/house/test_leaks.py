"""The search over what the test run leaves finds what is planted, and knows what to look for."""

from __future__ import annotations

from types import SimpleNamespace

import psycopg
import pytest
import redis as redis_package
from sqlalchemy import make_url

from app.core.database import conninfo
from tests import ground, leaks

PHONE, OPENID = "13800005678", "o-lin"


def test_what_the_factories_plant_is_looked_for():
    known = leaks.planted().values

    assert PHONE in known["phone"]
    assert OPENID in known["openid"]


@pytest.mark.parametrize("words", [PHONE, OPENID, "林小姐", PHONE.encode().hex()])
def test_a_plain_value_that_was_committed_stops_the_run(admin, words):
    with pytest.raises(leaks.Leak, match=r"in leaky\.words"):
        commit_plainly(admin, words)


def commit_plainly(admin, words: str) -> None:
    with leaks.cloned(admin) as urls:
        place = admin.set(database=make_url(urls.app).database)
        with psycopg.connect(conninfo(place)) as connection:
            connection.execute("CREATE TABLE leaky (id int, words text)")
            connection.execute("INSERT INTO leaky VALUES (1, %s)", [words])


def test_a_plain_value_in_valkey_stops_the_run():
    with redis_package.Redis.from_url(ground.redis_url(), db=9) as client:  # nobody else's
        client.set("leaky", PHONE)
        with pytest.raises(leaks.Leak, match="valkey leaky"):
            leaks.refuse_in_valkey(client)
        client.delete("leaky")
        leaks.refuse_in_valkey(client)


def test_a_test_that_prints_one_fails():
    report = SimpleNamespace(
        sections=[("Captured stdout call", f"x.y reason={PHONE}")], outcome="passed", longrepr=None
    )
    leaks.judge(report)

    assert (report.outcome, "phone as plain" in report.longrepr) == ("failed", True)
