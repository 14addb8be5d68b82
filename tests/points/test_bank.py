"""The short form of G4: many writers, connections that die, and sums that are always nought."""

from __future__ import annotations

import threading

import pytest

from app.core import db
from app.points import queries
from tests import factories
from tests.points.bank import Bank, Careless, play
from tests.points.people import make_members

pytestmark = pytest.mark.race


@pytest.fixture
def brand(own_database) -> int:
    return factories.make_brand().id


def test_every_snapshot_sums_to_nought_while_connections_die(brand):
    bank = Bank(brand, make_members(brand, 20), seed=7)

    seen = play(bank, writers=8, acts=400, snapshots=10, kills=5)

    assert seen.unbalanced == 0
    assert seen.kills == 5
    assert bank.wrong() == {}
    assert bank.doubled() == 0
    with db.transaction(brand):
        assert queries.mismatches() == []


def test_control_two_rows_without_a_transaction_do_not_balance(brand):
    bank = Careless(brand, make_members(brand, 5), seed=7)

    seen = play(bank, writers=8, acts=400, snapshots=10, kills=0)

    assert seen.unbalanced > 0


def test_sixty_four_at_once_spend_no_more_than_there_is(brand):
    """Each wants 10 of 100: ten get them."""
    [lin] = make_members(brand, 1)
    bank = Bank(brand, [lin], seed=1)
    bank._until_answered("earn", "all", lin, 100)
    answers: list[int] = []

    def buy(number: int) -> None:
        answers.append(bank._until_answered("hold", f"till:{number}", lin, 10))

    threads = [threading.Thread(target=buy, args=(n,)) for n in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [-10] * 10 + [0] * 54
    with db.transaction(brand):
        assert queries.balances_of(lin).available == 0
        assert queries.mismatches() == []
