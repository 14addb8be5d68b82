"""Two merges with one member in common, at the same moment, with real commits."""

from __future__ import annotations

import threading

import pytest

from app.core import db
from app.journeys import merging
from app.members import queries
from app.members.models import Member
from app.points import queries as points
from app.points import service as ledger
from tests import factories

pytestmark = pytest.mark.race


@pytest.fixture
def three(own_database) -> tuple[int, list[int]]:
    brand = factories.make_brand()
    ids = []
    for number in range(3):
        fan = factories.make_fan(brand.id, brand.service.id, f"o-{number}")
        ids.append(factories.make_member(brand.id, fan.id, f"1380000000{number}").id)
        with db.transaction(brand.id):
            ledger.earn(ids[-1], amount=10**number, kind="order", reference=f"order:{number}")
    return brand.id, ids


def at_once(*acts) -> list[Exception]:
    """All begin together; answers what was refused."""
    refused, start = [], threading.Barrier(len(acts))

    def run(act) -> None:
        start.wait()
        try:
            act()
        except Exception as error:
            refused.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.mark.parametrize("attempt", range(4))
def test_overlapping_merges_lose_nobody_and_no_point(three, attempt):
    brand_id, (one, two, three_id) = three

    def merge(first: int, second: int):
        def act() -> None:
            with db.transaction(brand_id):
                merging.merge(first, second, actor="staff:1")

        return act

    pairs = [merge(one, two), merge(two, three_id)]
    refused = at_once(*(pairs if attempt % 2 else reversed(pairs)))

    kindly = (merging.AlreadyMerged, merging.Busy)
    assert [error for error in refused if not isinstance(error, kindly)] == []
    with db.transaction(brand_id):
        standing = {queries.member(each).id for each in (one, two, three_id)}
        assert all(db.get(Member, each).merged_into_id is None for each in standing)
        assert sum(points.balances(standing).values()) == 111
        assert points.mismatches() == []


def test_one_merge_asked_for_twice_happens_once(three):
    brand_id, (one, two, _) = three

    def act() -> None:
        with db.transaction(brand_id):
            merging.merge(one, two, actor="staff:1")

    refused = at_once(act, act, act)

    assert len(refused) == 2
    assert {type(error) for error in refused} <= {merging.AlreadyMerged, merging.Busy}
    with db.transaction(brand_id):
        assert len(queries.standing_merges(one)) == 1
        assert points.balance(one) == 11
