"""What is bought together, counted in whole numbers that a reader can count again."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.cli import analytics as commands
from app.core import clock, db
from app.core.db import session
from app.insights import bulk, jobs, queries
from app.insights.figures import basis_points, lift_hundredths, reaches, rounded
from app.insights.models import WHOLE_BRAND, Basis, Count, ProductPair
from app.orders.models import Order, OrderLine
from tests.insights.baskets import order, orders, product


@pytest.fixture
def shelf(house):
    """Cream and serum in two stores: 15 orders with cream, 12 of them with serum, 5 with neither
    that anybody recommends."""
    with db.transaction(house.brand.id):
        cream, serum = product("面霜"), product("精华")
        orders(12, house.jingan.id, cream, serum)
        orders(3, house.hubin.id, cream)
        fuel = product("汽油", department="FUEL")
        unlisted = product("不明", is_listed=False)
        orders(5, house.hubin.id, fuel, unlisted)
    return house


def counted(house, store_id: int = WHOLE_BRAND) -> list[tuple]:
    with db.transaction(house.brand.id):
        bulk.plan(clock.now())
    with db.transaction(house.brand.id):
        assert bulk.recount(Basis.ORDERS, store_id)
    return found(house, store_id)


def found(house, store_id: int = WHOLE_BRAND) -> list[tuple]:
    with db.transaction(house.brand.id):
        n = queries.total(Basis.ORDERS, store_id)
        rows = queries.pairs(store_id, least=1)
        return [(p.product_a, p.product_b, p.n_a, p.n_b, p.n_ab, n) for p in rows]


def test_a_pair_is_counted_over_all_orders_also_those_without_goods(shelf):
    assert counted(shelf) == [("精华", "面霜", 12, 15, 12, 20)]


def test_a_store_counts_its_own_orders_alone(shelf):
    assert counted(shelf, shelf.jingan.id) == [("精华", "面霜", 12, 12, 12, 12)]
    assert counted(shelf, shelf.hubin.id) == []


def test_fuel_sundries_coupons_and_what_no_master_lists_are_in_no_pair(house):
    with db.transaction(house.brand.id):
        left_out = [product(name, department=name) for name in ("FUEL", "MISCELLANEOUS", "COUPON")]
        orders(10, house.jingan.id, product("面霜"), product("x", is_listed=False), *left_out)

    assert counted(house) == []


def test_a_product_without_a_department_is_goods(house):
    with db.transaction(house.brand.id):
        orders(10, house.jingan.id, product("甲", department=None), product("乙"))

    assert [row[4] for row in counted(house)] == [10]


def test_two_sizes_of_one_kind_in_one_basket_are_one_product(house):
    with db.transaction(house.brand.id):
        orders(10, house.jingan.id, product("甲"), product("甲"), product("乙"))

    assert counted(house) == [("乙", "甲", 10, 10, 10, 10)]


def test_nine_baskets_are_chance_and_ten_are_kept(house):
    with db.transaction(house.brand.id):
        a, b, c = product("a"), product("b"), product("c")
        orders(9, house.jingan.id, a, b)
        orders(10, house.jingan.id, a, c)

    assert counted(house) == [("a", "c", 19, 10, 10, 19)]


def test_pairs_as_frequent_as_each_other_stand_by_name(house):
    with db.transaction(house.brand.id):
        orders(10, house.jingan.id, product("c"), product("b"), product("a"))

    assert [row[:2] for row in counted(house)] == [("a", "b"), ("a", "c"), ("b", "c")]


def test_counting_twice_changes_nothing(shelf):
    assert counted(shelf) == counted(shelf)


def test_a_brand_does_not_count_anothers_orders(shelf, house):
    from tests import factories

    other = factories.make_brand("other", "别家")
    with db.transaction(other.id):
        bulk.plan(clock.now())
        bulk.recount(Basis.ORDERS, WHOLE_BRAND)
        assert queries.pairs(WHOLE_BRAND, least=1) == []


# Figures


def test_a_share_exactly_on_the_threshold_reaches_it():
    assert reaches(12, 15, 80)
    assert not reaches(12, 16, 80)


def test_the_float_way_loses_what_sits_on_the_threshold():
    """The negative control: 0.8 made of two float supports falls below 0.8."""
    lost = [
        (part, whole, n)
        for whole in range(5, 100, 5)
        for n in range(whole, 200)
        if (part := whole * 4 // 5) and (part / n) / (whole / n) < 0.8
    ]

    assert lost
    assert all(reaches(part, whole, 80) for part, whole, _ in lost)


def test_a_half_is_rounded_up():
    assert [rounded(1, 2), rounded(1, 3), rounded(2, 3), rounded(5, 2)] == [1, 0, 1, 3]
    assert basis_points(1, 20_000) == 1
    assert basis_points(12, 15) == 8_000


def test_lift_is_one_hundred_by_chance():
    assert lift_hundredths(n_ab=25, n_a=50, n_b=50, n=100) == 100
    assert lift_hundredths(n_ab=12, n_a=12, n_b=15, n=20) == 133


# When it is counted


def due(house) -> set[tuple[str, int]]:
    with db.transaction(house.brand.id):
        rows = session.scalars(select(Count).where(Count.due_at.is_not(None))).all()
        return {(row.basis, row.store_id) for row in rows}


def test_what_sold_is_counted_once_and_not_again_without_new_orders(shelf):
    jobs.plan_due()
    first = due(shelf)
    jobs.work()
    jobs.plan_due()

    stores = (shelf.jingan.id, shelf.hubin.id)
    assert first == {("orders", 0), ("members", 0), *(("orders", store) for store in stores)}
    assert due(shelf) == set()
    assert found(shelf) == [("精华", "面霜", 12, 15, 12, 20)]


def test_a_new_order_waits_for_the_next_day_and_wakes_its_own_store_alone(shelf):
    jobs.plan_due()
    jobs.work()
    with db.transaction(shelf.brand.id):
        order(shelf.hubin.id, [product("面霜")])
    jobs.plan_due()
    today = due(shelf)
    clock.move(timedelta(days=1))
    jobs.plan_due()

    assert today == set()
    assert due(shelf) == {("orders", 0), ("members", 0), ("orders", shelf.hubin.id)}


def test_an_import_does_not_wait_for_the_next_day(shelf):
    jobs.plan_due()
    jobs.work()
    with db.transaction(shelf.brand.id):
        order(shelf.hubin.id, [product("面霜")])
    jobs.plan_after_import(shelf.brand.id)

    assert ("orders", shelf.hubin.id) in due(shelf)


def test_what_came_due_again_while_it_was_counted_stays_due(shelf):
    with db.transaction(shelf.brand.id):
        bulk.plan(clock.now())
    with db.transaction(shelf.brand.id):
        before = clock.now()
        bulk.plan(before + timedelta(seconds=1))
        bulk._settle(Basis.ORDERS, WHOLE_BRAND, 20, before)

    assert ("orders", WHOLE_BRAND) in due(shelf)


def test_one_that_breaks_rests_and_stops_no_other(shelf):
    jobs.plan_due()
    with db.transaction(shelf.brand.id):
        session.add(Count(basis="broken", store_id=1, planned_at=clock.now(), planned_to=0,
                          due_at=clock.now() - timedelta(days=1), total=0))  # fmt: skip
    jobs.work()

    assert due(shelf) == {("broken", 1)}
    with db.transaction(shelf.brand.id):
        broken = session.scalars(select(Count).filter_by(basis="broken")).one()
        assert broken.due_at > clock.now()


# flask analytics pairs


def run(app, *arguments: str):
    return app.test_cli_runner().invoke(commands.analytics, ["pairs", *arguments])


def test_the_command_says_figures_and_what_they_mean(app, shelf):
    report = json.loads(run(app, "--min-baskets", "10", "--json").output)

    assert (report["n"], report["pair_count"]) == (20, 1)
    assert report["pairs"] == [
        {
            "a": "精华", "b": "面霜", "n_ab": 12, "n_a": 12, "n_b": 15,
            "support_bp": 6_000, "confidence_ab_bp": 10_000, "confidence_ba_bp": 8_000,
            "popularity_a_bp": 6_000, "popularity_b_bp": 7_500, "lift_hundredths": 133,
        }
    ]  # fmt: skip
    named = {name for key in report["definitions"] for name in key.split(", ")}
    assert set(report["pairs"][0]) - {"a", "b"} <= named


def test_the_command_counts_anew_when_orders_came(app, shelf):
    run(app, "--min-baskets", "10")
    with db.transaction(shelf.brand.id):
        order(shelf.hubin.id, [product("面霜")])

    assert json.loads(run(app, "--min-baskets", "10", "--json").output)["n"] == 21


def test_the_command_for_one_store_and_for_none_there_is(app, shelf):
    code = shelf.jingan.store.code

    assert "1 对，出自 12 单" in run(app, "--store", code, "--min-baskets", "10").output
    assert run(app, "--store", "nowhere").exit_code == 1


def test_a_pair_on_the_edge_of_a_confidence_is_shown(app, house):
    with db.transaction(house.brand.id):
        cream, serum = product("面霜"), product("精华")
        orders(12, house.jingan.id, cream, serum)
        orders(3, house.jingan.id, cream)
        orders(3, house.jingan.id, serum)

    shown = run(app, "--min-baskets", "10", "--min-confidence", "80").output
    hidden = run(app, "--min-baskets", "10", "--min-confidence", "81").output
    assert ("1 对" in shown, "0 对" in hidden) == (True, True)


def test_no_row_outlives_its_orders(shelf):
    counted(shelf)
    with db.transaction(shelf.brand.id):
        assert session.scalars(select(ProductPair)).all()
        session.execute(text("DELETE FROM order_lines"))

    assert counted(shelf) == []


def undo(state: str, **where) -> None:
    """The first order becomes one that was undone."""
    first = session.scalars(select(Order).order_by(Order.id)).first()
    first.state, first.returned_fen = state, first.paid_fen
    session.flush()


@pytest.mark.parametrize("state", ["cancelled", "returned"])
def test_an_order_that_was_undone_is_in_no_pair_and_not_in_n(shelf, state):
    with db.transaction(shelf.brand.id):
        undo(state)

    assert counted(shelf) == [("精华", "面霜", 11, 14, 11, 19)]


def test_a_line_that_came_back_whole_leaves_its_basket_and_one_that_did_in_part_stays(shelf):
    with db.transaction(shelf.brand.id):
        lines = session.scalars(select(OrderLine).order_by(OrderLine.order_id, OrderLine.line_no))
        serums = [line for line in lines if line.line_no == 2][:2]
        serums[0].returned_quantity = 1
        serums[1].quantity, serums[1].returned_quantity = 2, 1
        session.flush()

    assert counted(shelf) == [("精华", "面霜", 11, 15, 11, 20)]
