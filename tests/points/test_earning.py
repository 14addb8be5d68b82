"""What purchases earn: rules as data, in books that follow one another."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import BigInteger, literal, select, text

from app.core import clock, db
from app.core.db import session
from app.core.errors import BadInput
from app.points import queries
from app.points import service as points
from app.points.earning import books, bulk
from app.points.earning.form import dump, load
from app.points.earning.rules import (
    STANDARD,
    Birthday,
    Line,
    Purchase,
    Rule,
    RuleKind,
    When,
    points_of,
)
from app.points.rate import points_for
from tests import factories

WEDNESDAY = date(2026, 11, 25)
BASE = {"kind": "amount", "fen": 100, "points": 1}


def earned(*raw: dict, **facts) -> int:
    return points_of(load(raw), Purchase(**{"paid_fen": 19_950, "day": WEDNESDAY} | facts))


def test_without_rules_of_its_own_a_brand_gives_a_point_for_each_whole_yuan() -> None:
    assert points_of(STANDARD, Purchase(19_999, WEDNESDAY)) == 199


def test_rules_add_up() -> None:
    double_on_wednesdays = BASE | {"weekdays": [3]}

    assert earned(BASE, double_on_wednesdays) == 398
    assert earned(BASE, double_on_wednesdays, day=WEDNESDAY + timedelta(1)) == 199


def test_a_rule_about_goods_counts_their_lines_alone() -> None:
    lines = [Line("A1", 10_050, "护肤"), Line("B1", 9_900, "彩妆")]

    assert earned(BASE, BASE | {"categories": ["护肤"]}, lines=lines) == 199 + 100
    assert earned(BASE | {"skus": ["B1"]}, lines=lines) == 99
    assert earned(BASE | {"categories": ["护肤"]}) == 0


@pytest.mark.parametrize(
    ("condition", "fits", "does_not"),
    [
        ({"store_ids": [3]}, {"store_id": 3}, {"store_id": 4}),
        ({"tier_ids": [2]}, {"tier_id": 2}, {"tier_id": None}),
        ({"first": "2026-11-25"}, {}, {"day": date(2026, 11, 24)}),
        ({"last": "2026-11-25"}, {}, {"day": date(2026, 11, 26)}),
        ({"birthday": "month"}, {"born_on": date(1990, 11, 1)}, {"born_on": None}),
        ({"birthday": "day"}, {"born_on": date(1990, 11, 25)}, {"born_on": date(1990, 11, 26)}),
    ],
    ids=str,
)
def test_a_condition_decides_whether_a_rule_applies(condition, fits, does_not) -> None:
    assert earned(BASE | condition, **fits) == 199
    assert earned(BASE | condition, **does_not) == 0


def test_a_birthday_on_the_29th_of_february_is_kept_on_the_28th_in_other_years() -> None:
    rule = Rule(RuleKind.BONUS, points=10, fen=1, when=When(birthday=Birthday.DAY))
    leaper = date(2004, 2, 29)

    days = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2028, 2, 29)]
    got = [points_of([rule], Purchase(100, day, born_on=leaper)) for day in days]

    assert got == [0, 10, 0, 10]


def test_a_bonus_is_for_orders_that_reach_its_amount() -> None:
    bonus = {"kind": "bonus", "fen": 20_000, "points": 100}

    assert earned(bonus) == 0
    assert earned(bonus, paid_fen=20_000) == 100


@given(st.integers(-10_000, 10_000_000))
def test_the_standard_rules_are_the_rate_of_imports(paid_fen: int) -> None:
    assert points_of(STANDARD, Purchase(paid_fen, WEDNESDAY)) == points_for(paid_fen)


RULES = st.lists(
    st.builds(
        Rule,
        st.sampled_from([RuleKind.AMOUNT, RuleKind.BONUS]),
        points=st.integers(1, 1000),
        fen=st.integers(1, 100_000),
        when=st.builds(
            When,
            weekdays=st.frozensets(st.integers(1, 7)),
            categories=st.frozensets(st.sampled_from(["护肤", "彩妆"])),
            tier_ids=st.frozensets(st.integers(1, 3)),
            first=st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 1)),
            last=st.none() | st.dates(date(2026, 6, 2), date(2026, 12, 31)),
            birthday=st.none() | st.sampled_from(Birthday),
        ),
    ),
    max_size=6,
)
PURCHASES = st.builds(
    Purchase,
    paid_fen=st.integers(-1000, 1_000_000),
    day=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    tier_id=st.none() | st.integers(1, 3),
    born_on=st.none() | st.dates(date(1950, 1, 1), date(2010, 1, 1)),
    lines=st.lists(
        st.builds(Line, st.just("A1"), st.integers(0, 500_000), st.sampled_from(["护肤", "彩妆"]))
    ),
)


@given(RULES, PURCHASES)
def test_their_order_is_of_no_account_and_nobody_earns_less_than_nothing(rules, purchase) -> None:
    whole = points_of(rules, purchase)

    assert whole == points_of(rules[::-1], purchase)
    assert whole >= 0


@given(RULES)
def test_a_book_is_read_as_it_was_written(rules) -> None:
    assert load(dump(rules)) == tuple(rules)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "amount", "points": 1}, "fen"),
        ({"kind": "amount", "points": 1, "fen": 0}, "fen"),
        ({"kind": "act", "points": 1}, "act"),
        (BASE | {"points": 0}, "points"),
        (BASE | {"weekdays": [8]}, "weekdays"),
        (BASE | {"first": "2026-11-25", "last": "2026-11-24"}, "last"),
        (BASE | {"surprise": 1}, "surprise"),
    ],
    ids=str,
)
def test_what_is_wrong_names_its_rule_and_field(wrong, field) -> None:
    with pytest.raises(BadInput) as refused:
        load([BASE, wrong])

    assert set(refused.value.extra["fields"]) == {1}
    assert set(refused.value.extra["fields"][1]) == {field}


@pytest.fixture
def lin(house, app) -> int:
    fan = factories.make_fan(house.brand.id, house.brand.mini.id)
    return factories.make_member(house.brand.id, fan.id).id


def publish(house, *raw: dict, starts_at: datetime | None = None) -> books.Book:
    with db.transaction(house.brand.id):
        return books.publish(load(raw), starts_at=starts_at, actor="梅")


def buy(house, member_id: int, number: int, at: datetime, paid_fen: int = 10_000, **facts) -> int:
    with db.transaction(house.brand.id):
        return points.earn_for_order(member_id, order_id=number, paid_fen=paid_fen, at=at, **facts)


def test_an_order_earns_by_the_book_that_held_when_it_was_paid(house, lin) -> None:
    noon = clock.now() + timedelta(hours=1)
    publish(house, BASE | {"points": 3}, starts_at=noon)

    assert buy(house, lin, 1, noon - timedelta(seconds=1)) == 100
    assert buy(house, lin, 2, noon) == 300


def test_of_two_books_that_start_together_the_later_one_holds(house, lin) -> None:
    noon = clock.now() + timedelta(hours=1)
    publish(house, BASE | {"points": 3}, starts_at=noon)
    publish(house, BASE | {"points": 2}, starts_at=noon)

    assert buy(house, lin, 1, noon) == 200
    with db.transaction(house.brand.id):
        assert [book.version for book in books.planned()] == [2]


def test_a_planned_book_is_called_off_and_what_held_before_goes_on(house, lin) -> None:
    noon = clock.now() + timedelta(hours=1)
    publish(house, BASE | {"points": 3}, starts_at=noon)
    with db.transaction(house.brand.id):
        books.call_off(noon, actor="梅")

    assert buy(house, lin, 1, noon) == 100


def test_rules_do_not_start_in_the_past(house, app) -> None:
    with pytest.raises(books.StartsTooEarly):
        publish(house, BASE, starts_at=clock.now() - timedelta(minutes=1))


def test_a_book_is_never_edited(house, app) -> None:
    publish(house, BASE)
    with pytest.raises(Exception, match="append-only"), db.transaction(house.brand.id):
        session.execute(text("UPDATE earning_books SET rules = '[]'"))


def test_a_till_that_names_no_category_is_told_by_the_catalogue(house, lin) -> None:
    from app.catalog.models import Product

    with db.transaction(house.brand.id):
        session.add(Product(sku="A1", name="面霜", category="护肤"))
    publish(house, BASE | {"categories": ["护肤"]})

    lines = [points.Line("A1", 5_000), points.Line("B1", 5_000)]
    assert buy(house, lin, 1, clock.now(), lines=lines) == 50


def test_a_rule_for_her_tier_asks_what_she_is_now(house, lin) -> None:
    with db.transaction(house.brand.id):
        gold = queries.ladder()[1].id
    publish(house, BASE, BASE | {"tier_ids": [gold]})

    assert buy(house, lin, 1, clock.now()) == 100
    with db.transaction(house.brand.id):
        points.set_tier(lin, 200_000)
    assert buy(house, lin, 2, clock.now()) == 200


def test_joining_earns_once(house, lin) -> None:
    publish(house, {"kind": "act", "act": "joined", "points": 50})
    with db.transaction(house.brand.id):
        first, again = (points.earn_for_act(lin, points.Act.JOINED) for _ in range(2))

    assert (first, again) == (50, 0)


def test_the_day_is_the_brands_own(house, lin) -> None:
    """Nine in the evening of Tuesday in London is Wednesday in Shanghai."""
    publish(house, BASE | {"weekdays": [3]})
    tuesday = datetime(2027, 1, 5, 21, tzinfo=UTC)

    assert buy(house, lin, 1, tuesday) == 100


def test_a_file_earns_by_the_books_too_as_far_as_they_hold_for_everybody(house, app) -> None:
    noon = clock.now() + timedelta(hours=1)
    bonus = {"kind": "bonus", "fen": 5_000, "points": 7}
    publish(house, BASE | {"points": 2}, bonus, BASE | {"weekdays": [3]}, starts_at=noon)
    publish(house, BASE, starts_at=noon + timedelta(days=1))

    def of(at: datetime, paid_fen: int) -> int:
        with db.transaction(house.brand.id):
            amount = bulk.points_for(literal(paid_fen, BigInteger), literal(at))
            return session.scalar(select(amount))

    assert of(noon - timedelta(minutes=1), 5_050) == 50
    assert of(noon, 5_050) == 107
    assert of(noon, 4_999) == 98
    assert of(noon + timedelta(days=1), -5_050) == 0
    assert of(noon + timedelta(days=1), 5_050) == 50
