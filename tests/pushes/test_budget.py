from __future__ import annotations

import threading
from collections import Counter

import psycopg
import pytest
from sqlalchemy import text

from app.core import database, db
from app.core.db import session
from app.pushes import jobs
from app.pushes.models import MONTHLY_CAP, SkipReason

BEFORE_MIDNIGHT, MIDNIGHT = "2026-11-30 15:59:59+00", "2026-11-30 16:00:00+00"  # in Shanghai


def together(work, count: int) -> None:
    workers = [threading.Thread(target=work) for _ in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


@pytest.mark.race
def test_six_pushes_at_once_over_the_same_fans_charge_nobody_more_than_four(live):
    fans = live.followers(40)
    run_ids = [live.begun(f"第 {number} 条") for number in range(6)]

    together(lambda: jobs.work(10), 4)
    for run_id in run_ids:
        live.finish(run_id, 10)

    assert live.received(40 * MONTHLY_CAP) == dict.fromkeys(fans, MONTHLY_CAP)
    assert live.charged() == dict.fromkeys(fans, MONTHLY_CAP)
    reports = [live.report(run_id) for run_id in run_ids]
    skipped = sum((Counter(report.skipped) for report in reports), Counter())
    assert skipped == {SkipReason.MONTHLY_CAP: 40 * 2}
    assert sum(report.sent for report in reports) == 40 * MONTHLY_CAP
    assert live.doubled() == 0


@pytest.mark.race
def test_counting_and_then_charging_does_charge_more_than_four(live):
    """The negative control: the same race, read-then-write, with the last wall taken away."""
    [lin] = live.crowd(1)
    start = threading.Barrier(6)
    with psycopg.connect(_owner(live), autocommit=True) as owner:
        owner.execute("ALTER TABLE mass_counts DROP CONSTRAINT ck_mass_counts_cap")
    live.charge([lin], 3)

    def charge_naively() -> None:
        with db.transaction(live.brand.id):
            count = session.scalar(text("SELECT count FROM mass_counts"))
            start.wait()
            if count < MONTHLY_CAP:
                session.execute(text("UPDATE mass_counts SET count = count + 1"))

    together(charge_naively, 6)

    assert live.charged()[lin] > MONTHLY_CAP


def test_a_fan_who_used_up_novembers_four_gets_one_when_december_begins_in_shanghai(live):
    fans = live.followers(2)
    live.charge(fans, MONTHLY_CAP, month="2026-11")

    with moved_database(live, BEFORE_MIDNIGHT):
        november = live.run("十一月")
        live.finish(november)
        assert live.database_says("SHOW timezone") == "UTC"
    with moved_database(live, MIDNIGHT):
        december = live.run("十二月")
        live.finish(december)

    assert live.report(november).skipped == {SkipReason.MONTHLY_CAP: 2}
    assert live.report(december).sent == 2


class moved_database:  # noqa: N801 - reads as a sentence
    """The database's clock stands at this moment: a `now()` found before PostgreSQL's own."""

    def __init__(self, live, moment: str) -> None:
        self.live, self.moment = live, moment

    def __enter__(self) -> None:
        now = "CREATE OR REPLACE FUNCTION moved.now() RETURNS timestamptz LANGUAGE sql"
        self._as_owner(
            "CREATE SCHEMA IF NOT EXISTS moved",
            "GRANT USAGE ON SCHEMA moved TO PUBLIC",
            f"{now} AS $$SELECT timestamptz '{self.moment}'$$",
            "ALTER DATABASE {name} SET search_path = moved, pg_catalog, public",
        )

    def __exit__(self, *_: object) -> None:
        self._as_owner("ALTER DATABASE {name} RESET search_path")

    def _as_owner(self, *statements: str) -> None:
        with psycopg.connect(_owner(self.live), autocommit=True) as owner:
            for statement in statements:
                owner.execute(statement.format(name=owner.info.dbname))
        self.live.reconnect()


def _owner(live) -> str:
    return database.conninfo(live.urls.owner)
