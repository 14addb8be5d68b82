"""The whole on a real database: a thousand sales under three rules, to the fen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.credit import bulk, form, jobs, service
from app.credit.models import Credit
from app.credit.queries import period, ruling, shares
from app.credit.queries.replaying import replay, unbalanced
from app.credit.rules import FIRST, WHOLE, Part, Rule, Step, Way, attribute
from app.orders.models import Order
from tests import factories
from tests.credit import month

THIRDS = Rule(
    1,
    (
        Part(3333, (Step(Way.SELLER), Step(Way.SCAN, 3))),
        Part(3333, (Step(Way.OWNER),)),
        Part(3334, (Step(Way.TOUCH, 14), Step(Way.PROMOTER))),
    ),
)
OWNERS_FIRST = Rule(
    2, (Part(7001, (Step(Way.OWNER), Step(Way.SELLER))), Part(2999, (Step(Way.SCAN, 0),)))
)
RULES = (FIRST, THIRDS, OWNERS_FIRST)


@pytest.fixture
def october(house):
    """A thousand sales with returns in two stores, three guides."""
    xu = factories.make_staff(house.brand.id, "xu", name="小许", store_ids=[house.jingan.id])
    month.fill(house, 20261128, [house.wei.id, house.bo.id, xu.id])
    return house


@pytest.fixture
def brand(october):
    with db.transaction(october.brand.id):
        yield october


def the_month(**given) -> period.Period:
    return period.month(month.OCTOBER, **given)


@pytest.mark.parametrize("rule", RULES, ids=["first", "thirds", "owners"])
def test_a_thousand_sales_add_up_under_each_rule_and_a_replay_is_the_same_again(brand, rule):
    once, again = replay(the_month(), rule), replay(the_month(), rule)

    sold = shares.sales(the_month())
    assert session.scalar(select(func.count()).select_from(Order)) == month.SALES
    assert unbalanced(the_month(), once.sums) == {}
    assert once.fen == sum(sold.values()) > 0
    assert (once.digest, once.sums) == (again.digest, again.sums)


def test_three_rules_divide_the_same_money_differently(brand):
    digests = {replay(the_month(), rule).digest for rule in RULES}
    ways = {line.way for line in _counted_lines()}

    assert len(digests) == len(RULES)
    assert ways == {"seller", "scan", "owner", "touch", "store"}


def _counted_lines():
    bulk.count(session.scalars(select(Order.id)).all())
    return shares.lines(the_month())


def test_a_rule_that_drops_the_remainder_is_caught(brand):
    """The negative control of the sums."""

    def drops(facts, rule):
        return [
            replace(share, fen=facts.net_fen * share.bp // WHOLE)
            for share in attribute(facts, rule)
        ]

    lost = unbalanced(the_month(), replay(the_month(), THIRDS, divide=drops).sums)

    assert set(lost) == {brand.jingan.id, brand.hubin.id}
    assert all(fen < 0 for fen in lost.values())


@pytest.fixture
def published(october):
    """THIRDS holds from before October on."""
    with db.transaction(october.brand.id):
        session.execute(
            text(
                "INSERT INTO credit_rules (brand_id, version, starts_at, parts, made_at, made_by)"
                " VALUES (:brand, 1, '2026-09-01Z', CAST(:parts AS jsonb), now(), 'staff:1')"
            ),
            {"brand": october.brand.id, "parts": json.dumps(form.dump(THIRDS.parts))},
        )
    return october


def test_what_is_written_down_is_what_the_pure_function_says(published):
    with db.transaction(published.brand.id):
        lines = _counted_lines()
        pure = replay(the_month())

        stands = {(s.store_id, s.staff_id): s.fen for s in shares.sums(the_month())}
        assert stands == {(s.store_id, s.staff_id): s.fen for s in pure.sums}
        assert {line.version for line in lines} == {1}
        assert unbalanced(the_month(), shares.sums(the_month())) == {}


def test_orders_that_nobody_has_looked_at_are_their_stores(brand):
    assert session.scalar(select(func.count()).select_from(Credit)) == 0
    assert unbalanced(the_month(), shares.sums(the_month())) == {}
    assert {each.staff_id for each in shares.sums(the_month())} == {None}


def test_a_return_takes_its_exact_part_from_everybody_without_a_count(published):
    with db.transaction(published.brand.id):
        _counted_lines()
        order = session.scalars(select(Order).where(Order.returned_fen == 0)).first()
        order.returned_fen = order.paid_fen - 100
        session.flush()

        hers = [line for line in shares.lines(the_month()) if line.order_id == order.id]
        assert [line.fen for line in hers] == [33, 33, 34]
        assert sum(line.gross_fen for line in hers) == order.paid_fen
        assert unbalanced(the_month(), shares.sums(the_month())) == {}

        order.returned_fen = order.paid_fen
        session.flush()
        assert [line.fen for line in shares.lines(the_month()) if line.order_id == order.id] == [
            0,
            0,
            0,
        ]


def test_a_guides_lines_are_her_part_of_the_sums(published):
    with db.transaction(published.brand.id):
        _counted_lines()
        wei = published.wei.id
        mine = shares.lines_of(wei, the_month())

        assert mine
        assert sum(line.fen for line in mine) == sum(
            each.fen for each in shares.sums(the_month()) if each.staff_id == wei
        )


def test_one_store_is_counted_by_itself(published):
    with db.transaction(published.brand.id):
        _counted_lines()
        one = the_month(store_ids=[published.jingan.id])

        assert {each.store_id for each in shares.sums(one)} == {published.jingan.id}
        assert unbalanced(one, shares.sums(one)) == {}


def test_the_database_refuses_an_order_that_is_not_whole(brand):
    order_id = session.scalars(select(Order.id)).first()
    short = insert(Credit).values(order_id=order_id, place=0, way="store", bp=9_999, version=0)
    with pytest.raises(IntegrityError, match="10000 basis points"), session.begin_nested():
        session.execute(short.values(brand_id=brand.brand.id))


def test_a_part_of_an_order_cannot_be_taken_away_nor_edited(published):
    with db.transaction(published.brand.id):
        _counted_lines()
        one = Credit.place == 1
        with pytest.raises(IntegrityError, match="10000 basis points"), session.begin_nested():
            session.execute(delete(Credit).where(one))
        with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
            session.execute(text("UPDATE credits SET bp = 3000"))


def test_the_bulk_worker_goes_through_all_orders_in_steps_and_ends(october):
    with db.transaction(october.brand.id):
        bulk.plan(clock.now(), clock.now())
    steps = []
    while not steps or steps[-1]:
        with db.transaction(october.brand.id):
            steps.append(bulk.count_next(at_once=300))

    assert steps == [300, 300, 300, 100, 0]
    with db.transaction(october.brand.id):
        assert {line.version for line in shares.lines(the_month())} == {0}


def test_a_day_is_planned_once_and_worked_off(october):
    jobs.plan_due()
    jobs.work()
    with db.transaction(october.brand.id):
        first = [line.version for line in shares.lines(the_month())]
    jobs.plan_due()

    assert set(first) == {0}
    assert jobs._due() == []


def test_a_new_rule_is_audited_and_rewrites_nothing_that_was_sold(brand):
    bulk.count(session.scalars(select(Order.id)).all())
    before = shares.sums(the_month())

    made = service.publish(OWNERS_FIRST.parts, starts_at=None, actor="staff:7")
    bulk.count(session.scalars(select(Order.id)).all())

    assert (made.rule.version, ruling.in_force(clock.now()).rule.parts) == (1, OWNERS_FIRST.parts)
    assert shares.sums(the_month()) == before
    noted = session.scalars(select(AuditRow).filter_by(act="credit.rule_published")).one()
    assert (noted.actor, noted.subject) == ("staff:7", "credit_rule:1")


def test_a_rule_cannot_start_in_the_past_nor_give_less_than_all(brand):
    with pytest.raises(service.StartsTooEarly):
        service.publish(FIRST.parts, starts_at=month.FIRST, actor="staff:7")
    with pytest.raises(form.NotARule):
        service.publish([Part(9_999, (Step(Way.SELLER),))], starts_at=None, actor="staff:7")
    with pytest.raises(form.NotARule):
        service.publish([Part(WHOLE, (Step(Way.TOUCH),))], starts_at=None, actor="staff:7")
