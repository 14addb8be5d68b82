"""Sixty-four at once for what there is one of: exact every time, and without protection not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from app.core import clock, db
from app.core.db import session
from app.coupons import service as coupons
from app.coupons.models import CouponStep
from app.coupons.refusals import Reason
from tests import factories
from tests.coupons.conftest import make_batch, make_campaign
from tests.coupons.crowd import (
    CROWD,
    GOOD,
    at_once,
    broken,
    careless_claim,
    careless_use,
    inside,
    issued,
    make_members,
    standing,
    taken_fen,
)

pytestmark = pytest.mark.race
UNTIL = timedelta(minutes=15)


@pytest.fixture
def brand(own_database) -> int:
    return factories.make_brand().id


@pytest.fixture
def crowd(brand) -> list[int]:
    return make_members(brand, CROWD)


def claim(brand, batch, member_id, key=None):
    return inside(brand, coupons.claim, batch.id, member_id, key=key)


def reserve(brand, coupon, key, fen=0):
    until = clock.now() + UNTIL
    return inside(
        brand, coupons.reserve, coupon.id, key=key, discount_fen=fen, store_id=None, until=until
    )


def hers(brand, batch, member_id):
    return claim(brand, batch, member_id)()


def test_of_the_last_coupon_there_is_one(brand, crowd) -> None:
    batch = make_batch(brand, stock=1)

    told = at_once([claim(brand, batch, one) for one in crowd])

    assert told == {GOOD: 1, Reason.GONE: CROWD - 1}
    assert (issued(batch), broken(brand)) == (1, [])


def test_claims_together_give_what_there_is_and_nobody_two(brand, crowd) -> None:
    batch = make_batch(brand, stock=10)

    def act(member_id: int):
        return lambda: coupons.claim_together(brand, batch.id, member_id)

    told = at_once([act(one) for one in crowd[:32] * 2])

    assert told == {GOOD: 20, Reason.GONE: 44}  # who got one hears of it both times
    assert (issued(batch), broken(brand)) == (10, [])


def test_of_a_person_s_last_claim_there_is_one(brand, crowd) -> None:
    batch = make_batch(brand, per_person=3)

    told = at_once([claim(brand, batch, crowd[0], f"{n}") for n in range(CROWD)])

    assert told == {GOOD: 3, Reason.PER_PERSON: CROWD - 3}
    assert issued(batch) == 3


def test_at_many_tills_it_is_used_once(brand, crowd) -> None:
    coupon = hers(brand, make_batch(brand), crowd[0])

    told = at_once([reserve(brand, coupon, f"till-{n}") for n in range(CROWD)])

    assert told == {GOOD: 1, Reason.HELD: CROWD - 1}
    assert (standing(coupon), broken(brand)) == (1, [])


def test_one_key_however_often_is_one_use(brand, crowd) -> None:
    coupon = hers(brand, make_batch(brand), crowd[0])

    told = at_once([reserve(brand, coupon, "tap") for _ in range(CROWD)])

    assert told == {GOOD: CROWD}
    assert standing(coupon) == 1


def test_one_key_for_many_coupons_is_the_first_one_s(brand, crowd) -> None:
    batch = make_batch(brand)
    held = [hers(brand, batch, one) for one in crowd[:16]]

    told = at_once([reserve(brand, coupon, "tap") for coupon in held])

    assert told == {GOOD: 1, Reason.KEY_REUSED: 15}
    assert sum(standing(coupon) for coupon in held) == 1


@pytest.mark.parametrize("attempt", range(4))
def test_after_it_was_revoked_nobody_puts_it_aside(brand, crowd, attempt) -> None:
    coupon = hers(brand, make_batch(brand), crowd[0])

    acts = [reserve(brand, coupon, f"till-{n}") for n in range(8)]
    acts.insert(attempt, inside(brand, coupons.revoke, coupon.id, by="staff:1"))
    told = at_once(acts)

    with db.transaction(brand):
        order = CouponStep.__table__.select().filter_by(coupon_id=coupon.id)
        steps = [row.to_step for row in session.execute(order.order_by(CouponStep.id))]
    assert steps in (["issued", "revoked"], ["issued", "reserved", "revoked"])
    assert told[GOOD] == len(steps) - 1
    assert set(told) <= {GOOD, Reason.HELD, Reason.REVOKED}
    assert broken(brand) == []


def test_let_go_and_put_aside_at_once_counts_right(brand, crowd) -> None:
    coupon = hers(brand, make_batch(brand), crowd[0])
    reserve(brand, coupon, "first")()

    acts = [inside(brand, coupons.void, "first"), inside(brand, coupons.settle, "first")] * 8
    told = at_once([*acts, *(reserve(brand, coupon, f"till-{n}") for n in range(16))])

    assert set(told) <= {GOOD, Reason.HELD, Reason.USED, Reason.SETTLED, Reason.TAKEN_MEANWHILE}
    assert (standing(coupon), broken(brand)) == (1, [])


def test_a_stock_that_is_lowered_meanwhile_holds_from_then_on(brand, crowd) -> None:
    batch = make_batch(brand, stock=CROWD)
    claims = [claim(brand, batch, one) for one in crowd]

    told = at_once([*claims[:32], inside(brand, coupons.set_stock, batch.id, 20, by="staff:1")])
    more = at_once(claims[32:])

    was_lowered = "FewerThanGiven" not in told
    assert issued(batch) == (20 if was_lowered else CROWD)
    assert more[GOOD] == (20 - told[GOOD] + 1 if was_lowered else 32)
    assert broken(brand) == []


def test_a_limit_that_is_lowered_meanwhile_holds_from_then_on(brand, crowd) -> None:
    batch = make_batch(brand, per_person=CROWD)
    claims = [claim(brand, batch, crowd[0], f"{n}") for n in range(CROWD)]

    def lower() -> None:
        coupons.held_batch(batch.id).per_person = 5

    at_once([*claims[:32], inside(brand, lower)])
    before = issued(batch)
    at_once(claims[32:])

    assert issued(batch) == max(before, 5)


def test_the_budget_stops_at_the_fen(brand, crowd) -> None:
    campaign = make_campaign(brand, budget_fen=5000)
    batch = make_batch(brand, campaign_id=campaign.id)
    held = [hers(brand, batch, one) for one in crowd]

    told = at_once([reserve(brand, one, f"till-{one.id}", 300) for one in held])

    assert told == {GOOD: 16, Reason.BUDGET_SPENT: CROWD - 16}
    assert (taken_fen(campaign), broken(brand)) == (4800, [])


def test_the_budget_in_count_is_one_for_all_batches(brand, crowd) -> None:
    campaign = make_campaign(brand, budget_count=10)
    two = [make_batch(brand, code, campaign_id=campaign.id) for code in ("one", "other")]

    told = at_once([claim(brand, two[n % 2], one) for n, one in enumerate(crowd)])

    assert told == {GOOD: 10, Reason.BUDGET_SPENT: CROWD - 10}
    assert broken(brand) == []


@pytest.fixture
def unprotected(admin, brand) -> None:
    """The database without its last walls."""
    name = db.make_url(str(db.app_bind().url)).database
    engine = create_engine(admin.set(database=name))
    with engine.begin() as connection:
        for table, check in (("coupon_batches", "within_stock"), ("coupons", "within_uses")):
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{check}"))
    engine.dispose()


@pytest.mark.usefixtures("unprotected")
def test_control_who_looks_before_taking_gives_more_than_there_is(brand, crowd) -> None:
    batch = make_batch(brand, stock=10)

    at_once([inside(brand, careless_claim, batch.id, one) for one in crowd])

    assert issued(batch) > 10
    assert broken(brand) != []


@pytest.mark.usefixtures("unprotected")
def test_control_who_looks_before_using_uses_it_twice(brand, crowd) -> None:
    coupon = hers(brand, make_batch(brand), crowd[0])

    at_once([inside(brand, careless_use, coupon.id, f"till-{n}") for n in range(CROWD)])

    assert standing(coupon) > 1
    assert broken(brand) != []
