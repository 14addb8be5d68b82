"""Orders that count for one member at the same moment, on real commits; the control loses some."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.points import queries
from app.points import service as points
from app.points.earning import books
from app.points.models import MemberTier, StepWhy
from app.points.queries.growth import steps_of
from app.points.tier_policy import TierPolicy, change_tiers
from tests import factories

pytestmark = pytest.mark.race
ORDERS, TILLS, FEN = 64, 8, 3_125  # together just as much as the second step asks


@pytest.fixture
def house(own_database):
    return factories.make_house()


@pytest.fixture
def lin(house) -> int:
    fan = factories.make_fan(house.brand.id, house.brand.mini.id)
    member_id = factories.make_member(house.brand.id, fan.id).id
    with db.transaction(house.brand.id):
        points.set_tier(member_id, 0)
    return member_id


def together(house, count: int, act: Callable[[int], object]) -> None:
    """Eight tills start in the same moment and do their share, each act in a transaction."""
    start = threading.Barrier(TILLS)

    def till(number: int) -> None:
        start.wait()
        for each in range(number, count, TILLS):
            with db.transaction(house.brand.id):
                act(each)

    with ThreadPoolExecutor(TILLS) as pool:
        list(pool.map(till, range(TILLS)))


def spent(house, member_id: int) -> int:
    with db.transaction(house.brand.id):
        return session.scalar(select(MemberTier.spent_fen).filter_by(member_id=member_id))


@pytest.mark.parametrize("policy", [TierPolicy(), TierPolicy(window_months=12)], ids=str)
def test_of_sixty_four_orders_at_once_each_counts_and_one_lifts_her(house, lin, policy) -> None:
    with db.transaction(house.brand.id):
        change_tiers(policy)

    def buy(number: int) -> None:
        points.note_purchase(lin, order_id=number, paid_fen=FEN, at=clock.now())

    together(house, ORDERS, buy)
    with db.transaction(house.brand.id):
        assert queries.standing(lin).tier_name == "金穗"
        assert [step.why for step in steps_of(lin)] == [StepWhy.PURCHASE]
    assert spent(house, lin) == ORDERS * FEN


def test_one_order_told_sixty_four_times_counts_once(house, lin) -> None:
    def buy(_: int) -> None:
        points.note_purchase(lin, order_id=1, paid_fen=FEN, at=clock.now())

    together(house, ORDERS, buy)

    assert spent(house, lin) == FEN


def test_reading_first_and_writing_then_loses_orders(house, lin) -> None:
    """The negative control: the same without her row locked."""
    read = threading.Barrier(TILLS, timeout=20)

    def buy(_: int) -> None:
        row = session.get_one(MemberTier, (db.current_brand_id(), lin), populate_existing=True)
        before = row.spent_fen
        read.wait()
        row.spent_fen = before + FEN

    together(house, TILLS, buy)

    assert spent(house, lin) < TILLS * FEN


def test_books_that_are_written_at_once_all_stand_one_after_another(house) -> None:
    together(house, TILLS, lambda _: books.publish((), starts_at=None, actor="梅"))

    with db.transaction(house.brand.id):
        assert [book.version for book in books.history()] == list(range(TILLS, 0, -1))
