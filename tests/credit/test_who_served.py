"""Who served a person keeps her sale and her chance, however often she scans again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock, db
from app.core.db import session
from app.credit.queries import facts
from app.credit.queries import period as periods
from app.credit.queries.chances import chances
from app.credit.rules import FIRST, WHOLE, Part, Rule, Step, Way, attribute
from app.members import queries as members
from app.members.models import Member
from app.orders.models import Order
from app.tasks import queries as tasks
from app.visits import service as visits
from app.visits.models import Outcome, Visit, VisitKind, VisitState
from tests import factories

SCAN = Rule(1, (Part(WHOLE, (Step(Way.SCAN, 0),)),))
TOUCH = Rule(2, (Part(WHOLE, (Step(Way.TOUCH, 7),)),))
LATER = timedelta(minutes=20)


@pytest.fixture
def noon(house):
    clock.move(timedelta(hours=12 - clock.local(clock.now()).hour))
    return clock.now()


@pytest.fixture
def wei(house):
    return factories.actor(factories.sign_in("wei"))


@pytest.fixture
def chen(house):
    factories.make_staff(house.brand.id, "chen", name="小陈", store_ids=[house.jingan.id])
    return factories.actor(factories.sign_in("chen"))


@pytest.fixture
def lin(house):
    fan = factories.make_fan(house.brand.id, house.brand.service.id, "o-lin")
    with db.transaction(house.brand.id):
        now = clock.now()
        member = Member(number="L1", origin="import", joined_on=now.date(), created_at=now)
        session.add(member)
        session.flush()
        members.fan(fan.id).member_id = member.id
    return fan


def scan(house, fan, at) -> Visit:
    with db.transaction(house.brand.id):
        return visits.record(members.fan(fan.id), house.jingan.code, VisitKind.MEMBER, at)


def act(house, verb, *given) -> Visit:
    with db.transaction(house.brand.id):
        return verb(*given)


def pay(house, fan, at) -> int:
    with db.transaction(house.brand.id):
        order = Order(
            source="pos",
            order_no="S1",
            store_id=house.jingan.id,
            member_id=members.fan(fan.id).member_id,
            paid_at=at,
            paid_fen=10_000,
            list_fen=10_000,
            origin="pos",
        )
        session.add(order)
        session.flush()
        return order.id


def whose(house, order_id: int, rule: Rule) -> int | None:
    with db.transaction(house.brand.id):
        return attribute(facts.of_orders([order_id], [rule])[0].facts, rule)[0].staff_id


def chances_of(house, actor):
    with db.transaction(house.brand.id):
        found = chances(periods.month(periods.this_month()), tasks.given)
        return found.get((house.jingan.id, actor.staff_id))


@pytest.fixture
def served(house, noon, lin, wei):
    """Wei sold to Lin, who paid and scans again on her way out."""
    visit = scan(house, lin, noon - timedelta(minutes=30))
    act(house, visits.claim, visit.id, wei)
    act(house, visits.greet, visit.id, wei)
    act(house, visits.finish, visit.id, wei, Outcome.BOUGHT)
    order_id = pay(house, lin, noon - timedelta(minutes=25))
    scan(house, lin, noon - timedelta(minutes=10))
    return visit, order_id


def test_another_scan_makes_her_wait_again_and_leaves_who_served_her(house, served, wei):
    visit = act(house, visits.visible, served[0].id, wei)

    assert (visit.state, visit.outcome, visit.claimed_by_id) == (VisitState.WAITING, None, None)
    assert (visit.served_by_id, visit.served_outcome) == (wei.staff_id, Outcome.BOUGHT)
    assert visit.served_at is not None


@pytest.mark.parametrize("rule", [SCAN, TOUCH, FIRST], ids=["scan", "touch", "first"])
def test_her_sale_stays_with_the_guide_who_served_her(house, served, wei, rule):
    assert whose(house, served[1], rule) == wei.staff_id


def test_her_chance_stays_with_the_guide_who_served_her(house, served, wei):
    made = chances_of(house, wei)

    assert (made.chances, made.taken, made.greeted, made.bought) == (1, 1, 1, 1)


def test_a_colleague_who_claims_her_next_scan_takes_nothing_of_it(house, served, wei, chen):
    act(house, visits.claim, served[0].id, chen)

    assert whose(house, served[1], SCAN) == wei.staff_id
    assert chances_of(house, chen) is None


def test_who_sold_to_her_stays_it_when_a_colleague_sells_her_nothing_more(house, served, wei, chen):
    visit = act(house, visits.finish, served[0].id, chen, Outcome.NOT_TODAY)

    assert (visit.claimed_by_id, visit.outcome) == (chen.staff_id, Outcome.NOT_TODAY)
    assert (visit.served_by_id, visit.served_outcome) == (wei.staff_id, Outcome.BOUGHT)


def test_who_finished_with_her_last_served_her_where_nobody_sold(house, noon, lin, wei, chen):
    visit = scan(house, lin, noon - LATER)
    act(house, visits.finish, visit.id, wei, Outcome.NOT_TODAY)
    scan(house, lin, noon)

    again = act(house, visits.finish, visit.id, chen, Outcome.SERVED)

    assert (again.served_by_id, again.served_outcome) == (chen.staff_id, Outcome.SERVED)


def test_who_answered_her_first_and_when_is_never_cleared(house, noon, lin, wei, chen):
    visit = scan(house, lin, noon - LATER)
    first = act(house, visits.claim, visit.id, wei).first_claimed_at
    act(house, visits.release, visit.id, wei)
    act(house, visits.claim, visit.id, chen)
    act(house, visits.finish, visit.id, chen, Outcome.SERVED)

    again = scan(house, lin, noon)

    assert (again.first_claimed_by_id, again.first_claimed_at) == (wei.staff_id, first)
    assert again.first_scanned_at == noon - LATER
