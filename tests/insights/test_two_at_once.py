"""Two workers at one count do no harm; a killed one leaves the old rows."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import delete, text

from app.core import clock, db
from app.core.db import session
from app.insights import bulk, queries
from app.insights.models import WHOLE_BRAND, Basis, ProductPair
from tests.insights.baskets import orders, product

pytestmark = pytest.mark.flow


@pytest.fixture
def sold(own_database, house):
    with db.transaction(house.brand.id):
        orders(12, house.jingan.id, product("a"), product("b"))
        bulk.plan(clock.now())
    return house


def pairs(house) -> list[int]:
    with db.transaction(house.brand.id):
        return [pair.n_ab for pair in queries.pairs(WHOLE_BRAND, least=1)]


def at_once(house, act, count: int = 8) -> list:
    """All of them begin together; what each answered, or how it broke."""
    start, answers = threading.Barrier(count), []

    def run() -> None:
        try:
            with db.transaction(house.brand.id):
                start.wait()
                answers.append(act())
        except Exception as error:
            answers.append(type(error).__name__)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_eight_workers_at_one_count_leave_one_count(sold):
    answers = at_once(sold, lambda: bulk.recount(Basis.ORDERS, WHOLE_BRAND))

    assert pairs(sold) == [12]
    assert set(answers) <= {True, False}
    assert True in answers


def test_without_the_lock_they_trip_over_each_other(sold):
    """The negative control: the same statements, nobody waits."""

    def count_unlocked() -> None:
        session.execute(delete(ProductPair).where(ProductPair.store_id == WHOLE_BRAND))
        session.execute(text("SELECT pg_sleep(0.2)"))
        bulk._count_pairs(WHOLE_BRAND)

    assert "IntegrityError" in at_once(sold, count_unlocked)


def test_one_that_dies_half_way_leaves_what_was_there_and_stays_due(sold):
    with db.transaction(sold.brand.id):
        bulk.recount(Basis.ORDERS, WHOLE_BRAND)
    with db.transaction(sold.brand.id):
        orders(10, sold.jingan.id, product("a"), product("b"))
        bulk.plan(clock.now())
    with pytest.raises(ZeroDivisionError):
        _die_half_way(sold)

    assert pairs(sold) == [12]
    with db.transaction(sold.brand.id):
        assert bulk.is_stale(Basis.ORDERS, WHOLE_BRAND)


def _die_half_way(house) -> None:
    with db.transaction(house.brand.id):
        bulk.recount(Basis.ORDERS, WHOLE_BRAND)
        raise ZeroDivisionError
