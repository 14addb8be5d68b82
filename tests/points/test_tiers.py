"""How members rise, keep and lose their tiers, by the clock and by what they buy."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import BigInteger, column, select, values

from app.core import clock, db
from app.core.db import session
from app.points import bulk, queries, recounting
from app.points import service as points
from app.points.models import MemberTier, StepWhy
from app.points.queries.growth import outlook, steps_of
from app.points.service import tiers
from app.points.tier_policy import By, TierPolicy, change_tiers
from tests import factories

GREEN, GOLD, WOOD = "青禾", "金穗", "木心"
MARCH = datetime(2026, 3, 10, 4, tzinfo=UTC)
YEAR = TierPolicy(window_months=12, grace_days=30)


@pytest.fixture
def lin(house, app) -> int:
    fan = factories.make_fan(house.brand.id, house.brand.mini.id)
    return factories.make_member(house.brand.id, fan.id).id


@pytest.fixture(autouse=True)
def _clock():
    yield
    clock.move(timedelta())


def at(moment: datetime) -> None:
    clock.move(timedelta())
    clock.move(moment - clock.now())


@pytest.fixture
def brand(house):
    @contextmanager
    def opened():
        with db.transaction(house.brand.id):
            yield

    return opened


def choose(brand, policy: TierPolicy) -> None:
    with brand():
        change_tiers(policy)


def buy(brand, member_id: int, number: int, fen: int, when: datetime | None = None) -> None:
    with brand():
        points.note_purchase(member_id, order_id=number, paid_fen=fen, at=when or clock.now())


def refund(brand, member_id: int, number: int, fen: int, paid_at: datetime, key="r1") -> None:
    with brand():
        points.note_refund(
            member_id, order_id=number, refund_key=key, refunded_fen=fen, paid_at=paid_at
        )


def tier(brand, member_id: int) -> str:
    with brand():
        return queries.standing(member_id).tier_name


def written(brand, member_id: int) -> str:
    with brand():
        row = session.get(MemberTier, (db.current_brand_id(), member_id), populate_existing=True)
        return next(step.name for step in queries.ladder() if step.id == row.tier_id)


def whys(brand, member_id: int) -> list[StepWhy]:
    with brand():
        return [step.why for step in reversed(steps_of(member_id))]


def test_she_has_a_higher_tier_at_once_and_knows_what_is_missing_for_the_next(brand, lin) -> None:
    buy(brand, lin, 1, 199_999)
    assert tier(brand, lin) == GREEN
    buy(brand, lin, 2, 1)

    assert tier(brand, lin) == GOLD
    with brand():
        standing = queries.standing(lin)
    assert (standing.next_tier_name, standing.missing_fen) == (WOOD, 300_000)


def test_an_order_counts_once(brand, lin) -> None:
    for _ in range(3):
        buy(brand, lin, 1, 100_000)

    assert tier(brand, lin) == GREEN


def test_a_period_and_its_grace_go_by_and_she_falls_whether_or_not_a_job_ran(brand, lin) -> None:
    choose(brand, YEAR)
    at(MARCH)
    buy(brand, lin, 1, 250_000)
    with brand():
        seen = outlook(lin)
    assert seen.place.keeps_until == datetime(2027, 3, 31, 16, tzinfo=UTC)
    assert (seen.projected.name, seen.keep_missing_fen) == (GREEN, 200_000)

    at(seen.place.keeps_until + timedelta(days=29))
    assert tier(brand, lin) == GOLD, "grace"
    at(seen.falls_at)
    assert tier(brand, lin) == GREEN
    assert written(brand, lin) == GOLD, "no job has run"

    points.work()
    assert written(brand, lin) == GREEN
    assert whys(brand, lin) == [StepWhy.PURCHASE, StepWhy.PERIOD_END]


def test_what_she_buys_in_the_grace_keeps_her_tier(brand, lin) -> None:
    choose(brand, YEAR)
    at(MARCH)
    buy(brand, lin, 1, 250_000)
    with brand():
        falls_at = outlook(lin).falls_at
    at(falls_at - timedelta(days=1))
    buy(brand, lin, 2, 200_000)
    at(falls_at + timedelta(days=1))

    assert tier(brand, lin) == GOLD
    points.work()
    assert whys(brand, lin) == [StepWhy.PURCHASE, StepWhy.KEPT]


def test_a_review_is_judged_by_the_day_it_was_due_however_late_it_is_done(brand, lin) -> None:
    """What she bought in her last month counts on the day; a year later it would not."""
    choose(brand, YEAR)
    at(MARCH)
    buy(brand, lin, 1, 250_000)
    with brand():
        falls_at = outlook(lin).falls_at
    at(falls_at - timedelta(days=40))
    buy(brand, lin, 2, 220_000)

    at(falls_at + timedelta(days=390))
    late = tier(brand, lin)
    with brand():
        later = outlook(lin).place.keeps_until
    points.work()

    assert late == written(brand, lin) == GOLD
    assert later == YEAR.keeps_until(falls_at)
    at(later + timedelta(days=30))
    assert tier(brand, lin) == GREEN


def test_a_refund_takes_back_what_the_purchase_brought(brand, lin) -> None:
    choose(brand, YEAR)
    at(MARCH)
    buy(brand, lin, 1, 250_000)
    refund(brand, lin, 1, 100_000, MARCH)

    assert tier(brand, lin) == GREEN
    assert whys(brand, lin) == [StepWhy.PURCHASE, StepWhy.REFUND]


def test_a_small_refund_of_an_old_order_leaves_a_tier_that_did_not_need_it(brand, lin) -> None:
    """Her window has slid on since she earned it: what counts now is less, and yet it is kept."""
    choose(brand, YEAR)
    at(MARCH)
    buy(brand, lin, 1, 190_000, MARCH - timedelta(days=330))
    buy(brand, lin, 2, 60_000)
    at(MARCH + timedelta(days=90))
    assert tier(brand, lin) == GOLD
    refund(brand, lin, 2, 10_000, MARCH)
    assert tier(brand, lin) == GOLD
    refund(brand, lin, 2, 50_000, MARCH, key="r2")

    assert tier(brand, lin) == GREEN


def test_a_refund_counts_once(brand, lin) -> None:
    buy(brand, lin, 1, 250_000)
    for _ in range(3):
        refund(brand, lin, 1, 40_000, clock.now())

    assert tier(brand, lin) == GOLD


def give(brand, member_id: int, name: str, days: int) -> None:
    with brand():
        to = next(step.id for step in queries.ladder() if step.name == name)
        until = clock.now() + timedelta(days=days)
        points.grant(member_id, points.Grant(to, until, "补偿：错发等级", "梅"))


def test_a_tier_given_by_hand_ends_and_what_she_earned_is_hers_again(brand, lin) -> None:
    choose(brand, YEAR)
    at(MARCH)
    buy(brand, lin, 1, 250_000)
    give(brand, lin, WOOD, 60)
    assert tier(brand, lin) == WOOD

    at(MARCH + timedelta(days=60, minutes=1))
    assert tier(brand, lin) == GOLD
    points.work()
    with brand():
        assert outlook(lin).place.keeps_until == YEAR.keeps_until(MARCH)
    assert whys(brand, lin) == [StepWhy.PURCHASE, StepWhy.GRANTED, StepWhy.GRANT_ENDED]


def test_a_lower_tier_given_by_hand_takes_nothing(brand, lin) -> None:
    buy(brand, lin, 1, 250_000)
    give(brand, lin, GREEN, 60)

    assert tier(brand, lin) == GOLD


def test_what_she_earns_under_a_grant_stays_when_it_ends(brand, lin) -> None:
    give(brand, lin, GOLD, 60)
    buy(brand, lin, 1, 500_000)
    assert tier(brand, lin) == WOOD
    clock.move(timedelta(days=61))

    assert tier(brand, lin) == WOOD


def test_a_grant_is_taken_back_by_hand(brand, lin) -> None:
    give(brand, lin, WOOD, 60)
    with brand():
        points.end_grant(lin, actor="梅")
        points.end_grant(lin, actor="梅")

    assert tier(brand, lin) == GREEN
    assert whys(brand, lin) == [StepWhy.GRANTED, StepWhy.GRANT_ENDED]


def test_a_grant_says_until_when_and_not_the_past(brand, lin) -> None:
    with pytest.raises(tiers.GrantOver):
        give(brand, lin, GOLD, -1)


def test_growth_that_was_not_bought_counts_where_tiers_go_by_growth(brand, lin) -> None:
    with brand():
        points.add_growth(lin, amount=2_000, key="profile")
    assert tier(brand, lin) == GREEN
    choose(brand, TierPolicy(By.GROWTH))
    with brand():
        points.add_growth(lin, amount=1, key="another")
        recounting.recount()

    assert tier(brand, lin) == GOLD


def test_a_change_of_the_ladder_is_foretold_and_then_comes_just_so(brand, lin) -> None:
    buy(brand, lin, 1, 250_000)
    with brand():
        steps = [
            recounting.Step(tier.id, tier.rank, 300_000 if tier.rank == 1 else tier.spend_fen)
            for tier in queries.ladder()
        ]
        foretold = recounting.moves(TierPolicy(), steps)
        queries.ladder()[1].spend_fen = 300_000
        session.flush()
        changed = recounting.recount()

    assert foretold == [recounting.Move(1, 0, 1)]
    assert changed == 1
    assert tier(brand, lin) == GREEN
    assert whys(brand, lin) == [StepWhy.PURCHASE, StepWhy.RECOUNTED]


def test_with_a_window_a_new_ladder_takes_a_tier_at_the_end_of_her_period_only(brand, lin) -> None:
    at(MARCH)
    buy(brand, lin, 1, 250_000, MARCH - timedelta(days=500))
    choose(brand, YEAR)
    with brand():
        assert recounting.recount() == 0
        falls_at = outlook(lin).falls_at
    assert tier(brand, lin) == GOLD
    at(falls_at)

    assert tier(brand, lin) == GREEN


def test_an_import_puts_many_where_one_by_one_would(brand, house, lin) -> None:
    give(brand, lin, GOLD, 60)
    fans = [factories.make_fan(house.brand.id, house.brand.mini.id, f"o-{n}") for n in range(3)]
    others = [
        factories.make_member(house.brand.id, fan.id, f"1380000{n:04d}").id
        for n, fan in enumerate(fans)
    ]
    spent = dict(zip([lin, *others], (100, 200_000, 499_999, 500_000), strict=True))
    given = values(
        column("member_id", BigInteger), column("spent_fen", BigInteger), name="given"
    ).data(list(spent.items()))
    rows = select(given.c.member_id, given.c.spent_fen)
    with brand():
        bulk.set_tiers(rows)

    assert [tier(brand, each) for each in spent] == [GOLD, GOLD, GOLD, WOOD]
