"""The brand's rule gives members to guides: by which way, for how long, and once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import exc, select, text

from app.core import clock, db
from app.core.db import session
from app.core.events import Event
from app.journeys import reactions, service
from app.members import queries as members
from app.members.models import Fan, Member
from app.members.service import phones
from app.orders.models import Order
from app.owners import form, queries
from app.owners import service as owners
from app.owners.models import Why
from app.owners.queries import deciding, ruling
from app.owners.queries.deciding import Verdict
from app.owners.rules import Rule, Step, Way
from app.owners.service import Handing
from app.staff.models import Face, Staff
from app.stores import service as stores
from app.stores.models import CodeKind
from app.visits import service as visits
from app.visits.models import Outcome, VisitKind
from tests import factories
from tests.owners.conftest import hand, owner_of
from tests.owners.test_one_owner import rows

PROMOTER, TOUCH = Step(Way.PROMOTER), Step(Way.LAST_TOUCH, 180)
EXCLUSIVE, FALLBACK = Step(Way.EXCLUSIVE, 90), Step(Way.FALLBACK)
SCAN, LIGHTEST = Step(Way.SCAN_SERVED), Step(Way.SCAN_LIGHTEST)


def publish(shop, *steps: Step) -> Rule:
    by = factories.actor(factories.sign_in("mei", Face.CONSOLE), Face.CONSOLE)
    with db.transaction(shop.brand.id):
        return owners.publish(steps, by=by)


def serve(shop, member, login: str, store=None, outcome: Outcome = Outcome.SERVED) -> int:
    """She scans, this guide takes her and finishes; answers the visit."""
    by = factories.actor(factories.sign_in(login))
    with db.transaction(shop.brand.id):
        fan = session.scalars(select(Fan).filter_by(member_id=member.id)).first()
        code = (store or shop.jingan).code
        visit = visits.record(fan, code, VisitKind.MEMBER, clock.now())
        visits.claim(visit.id, by)
        visits.finish(visit.id, by, outcome)
        return visit.id


def react(shop) -> None:
    while service.react_due(reactions.by_name()):
        continue


def days_pass(days: int) -> None:
    """From now on it is so much later."""
    days_pass.gone += timedelta(days=days)
    clock.move(days_pass.gone)


@pytest.fixture(autouse=True)
def from_today():
    days_pass.gone = timedelta()


def buy(shop, member, guide) -> None:
    with db.transaction(shop.brand.id):
        order = Order(
            source="pos", order_no="S1", store_id=shop.jingan.id,
            member_id=member.id, staff_id=guide.id, paid_at=clock.now(), paid_fen=10_000,
            list_fen=10_000, origin="pos",
        )  # fmt: skip
        session.add(order)


def brought_by(shop, member, guide) -> None:
    """Her first scan, before she joined, was of this guide's own code."""
    with db.transaction(shop.brand.id):
        code = stores.add_code(
            account_id=shop.brand.service.id, store_id=shop.jingan.id, kind=CodeKind.GUIDE,
            place="名片", staff_id=guide.id,
        )  # fmt: skip
        fan = session.scalars(select(Fan).filter_by(member_id=member.id)).one()
        fan.guide_code_id, fan.guide_code_at = code.id, member.created_at - timedelta(minutes=1)


def verdicts(shop, *steps: Step) -> dict[int, str]:
    with db.transaction(shop.brand.id):
        found = deciding.run(Rule(1, steps), "SELECT member_id, verdict FROM decided")
        return {row.member_id: row.verdict for row in found}


def newest(shop, member):
    return rows(shop, member)[-1]


# A brand without a rule, and what is published


def test_a_brand_without_a_rule_gives_nobody_to_anybody(shop) -> None:
    serve(shop, shop.lin, "wei")
    react(shop)

    assert owner_of(shop, shop.lin) is None


def test_versions_are_numbered_kept_and_never_edited(shop) -> None:
    publish(shop, TOUCH)
    publish(shop, PROMOTER, TOUCH)

    with db.transaction(shop.brand.id):
        assert ruling.in_force() == Rule(2, (PROMOTER, TOUCH))
        assert [rule.version for _, rule in ruling.history()] == [2, 1]
    with pytest.raises(owners.SameRule):
        publish(shop, PROMOTER, TOUCH)


def test_the_database_keeps_a_version_as_it_was(own_database, shop) -> None:
    publish(shop, TOUCH)

    with pytest.raises(exc.DBAPIError, match="append-only"), db.transaction(shop.brand.id):
        session.execute(text("UPDATE owner_rules SET steps = '[]'"))


@pytest.mark.parametrize(
    "steps",
    [
        (Step(Way.LAST_TOUCH),),
        (Step(Way.LAST_TOUCH, 0),),
        (Step(Way.LAST_TOUCH, 731),),
        (Step(Way.FALLBACK, 3),),
        (FALLBACK, TOUCH),
        (TOUCH, TOUCH),
    ],
)
def test_what_is_no_rule_is_refused(shop, steps) -> None:
    with pytest.raises(form.NotARule):
        publish(shop, *steps)


# The ways


def test_whoever_served_her_last_gets_her_and_the_row_says_by_which_version(shop) -> None:
    publish(shop, PROMOTER, TOUCH)
    serve(shop, shop.lin, "wei")
    react(shop)

    row = newest(shop, shop.lin)
    assert (row.staff_id, row.store_id) == (shop.wei.id, shop.jingan.id)
    assert (row.why, row.rule_version) == (Why.LAST_TOUCH, 1)


def test_not_today_is_no_service(shop) -> None:
    publish(shop, TOUCH)
    serve(shop, shop.lin, "wei", outcome=Outcome.NOT_TODAY)
    react(shop)

    assert owner_of(shop, shop.lin) is None


def test_whose_code_brought_her_gets_her_when_she_joins_before_whoever_served_her(shop) -> None:
    publish(shop, PROMOTER, TOUCH)
    brought_by(shop, shop.lin, shop.an)
    serve(shop, shop.lin, "wei")
    react(shop)

    assert newest(shop, shop.lin).why == Why.PROMOTER
    assert owner_of(shop, shop.lin) == shop.an.id


def test_on_joining_she_gets_whoever_served_her_before(shop) -> None:
    publish(shop, TOUCH)
    fan = factories.make_fan(shop.brand.id, shop.brand.service.id, "o-ann")
    by = factories.actor(factories.sign_in("wei"))
    with db.transaction(shop.brand.id):
        visit = visits.record(members.fan(fan.id), shop.jingan.code, VisitKind.FAN, clock.now())
        visits.claim(visit.id, by)
        visits.finish(visit.id, by, Outcome.SERVED)
    react(shop)

    ann = factories.make_member(shop.brand.id, fan.id, "13900009999")
    react(shop)

    assert owner_of(shop, ann) == shop.wei.id


def test_whom_an_import_brought_gets_hers_when_she_opens_her_card(shop) -> None:
    publish(shop, FALLBACK)
    phone, at = "13900008888", clock.now()
    with db.transaction(shop.brand.id):
        known = {
            "phone_index": phones.phone_index(phones.parse_phone(phone)),
            "main_store_id": shop.jingan.id,
        }
        ann = Member(number="I1", origin="import", joined_on=at.date(), created_at=at, **known)
        session.add(ann)
    fan = factories.make_fan(shop.brand.id, shop.brand.service.id, "o-ann")

    assert factories.make_member(shop.brand.id, fan.id, phone).id == ann.id
    react(shop)

    assert owner_of(shop, ann) in (shop.wei.id, shop.an.id)


def test_the_store_of_her_first_scan_gives_her_to_who_served_her_there_first(shop) -> None:
    publish(shop, SCAN)
    serve(shop, shop.lin, "wei")
    days_pass(1)
    serve(shop, shop.lin, "an")
    days_pass(1)
    serve(shop, shop.lin, "bo", shop.hubin)
    react(shop)

    row = newest(shop, shop.lin)
    assert (row.staff_id, row.why) == (shop.wei.id, Why.SCAN_STORE)


def test_or_to_who_has_the_fewest_there_and_leaves_her_with_whoever_has_her_there(shop) -> None:
    publish(shop, LIGHTEST)
    hand(shop, another(shop, 1), shop.wei)
    serve(shop, shop.lin, "wei")
    react(shop)
    assert owner_of(shop, shop.lin) == shop.an.id
    assert newest(shop, shop.lin).why == Why.SCAN_LIGHTEST

    for number in (2, 3):
        hand(shop, another(shop, number), shop.an)
    serve(shop, shop.lin, "wei")
    react(shop)

    assert owner_of(shop, shop.lin) == shop.an.id


def test_the_fallback_takes_who_has_nobody_and_leaves_all_others(shop) -> None:
    hand(shop, shop.lin, shop.wei)
    ann = another(shop, 1)
    with db.transaction(shop.brand.id):
        session.get_one(Member, (shop.brand.id, ann.id)).main_store_id = shop.hubin.id

    assert verdicts(shop, FALLBACK) == {shop.lin.id: Verdict.SAME, ann.id: Verdict.GETS}
    publish(shop, FALLBACK)
    with db.transaction(shop.brand.id):
        owners.assign([shop.lin.id, ann.id])

    assert (newest(shop, ann).staff_id, newest(shop, ann).why) == (shop.bo.id, Why.FALLBACK)
    assert owner_of(shop, shop.lin) == shop.wei.id


def test_who_left_is_found_by_no_way(shop) -> None:
    publish(shop, PROMOTER, TOUCH)
    brought_by(shop, shop.lin, shop.an)
    serve(shop, shop.lin, "wei")
    with db.transaction(shop.brand.id):
        session.get_one(Staff, (shop.brand.id, shop.an.id)).is_active = False
    react(shop)

    assert owner_of(shop, shop.lin) == shop.wei.id


def test_where_no_way_finds_anybody_she_stays_with_whom_she_has(shop) -> None:
    ann = another(shop, 1)
    hand(shop, shop.lin, shop.wei)

    assert verdicts(shop, PROMOTER) == {shop.lin.id: Verdict.STAYS, ann.id: Verdict.WITHOUT}


# The exclusive period


def test_within_the_period_another_who_serves_her_does_not_take_her(shop) -> None:
    publish(shop, EXCLUSIVE, TOUCH)
    serve(shop, shop.lin, "wei")
    react(shop)
    days_pass(89)
    serve(shop, shop.lin, "an")
    react(shop)

    assert owner_of(shop, shop.lin) == shop.wei.id
    assert len(rows(shop, shop.lin)) == 1


def test_control_without_the_period_the_same_takes_her(shop) -> None:
    publish(shop, TOUCH)
    serve(shop, shop.lin, "wei")
    react(shop)
    days_pass(89)
    serve(shop, shop.lin, "an")
    react(shop)

    assert owner_of(shop, shop.lin) == shop.an.id


@pytest.mark.parametrize("deal", ["serve", "buy"])
def test_what_her_guide_does_begins_it_anew_and_afterwards_she_may_be_taken(shop, deal) -> None:
    publish(shop, EXCLUSIVE, TOUCH)
    serve(shop, shop.lin, "wei")
    react(shop)
    days_pass(60)
    serve(shop, shop.lin, "wei") if deal == "serve" else buy(shop, shop.lin, shop.wei)
    days_pass(60)
    serve(shop, shop.lin, "an")
    react(shop)
    assert owner_of(shop, shop.lin) == shop.wei.id

    days_pass(31)
    serve(shop, shop.lin, "an")
    react(shop)
    assert owner_of(shop, shop.lin) == shop.an.id


def test_whoever_was_given_her_by_hand_has_the_period_too(shop) -> None:
    publish(shop, EXCLUSIVE, TOUCH)
    hand(shop, shop.lin, shop.bo)
    serve(shop, shop.lin, "wei")
    react(shop)

    assert owner_of(shop, shop.lin) == shop.bo.id


def test_a_way_before_the_period_takes_her_even_so(shop) -> None:
    publish(shop, PROMOTER, EXCLUSIVE, TOUCH)
    hand(shop, shop.lin, shop.wei)
    brought_by(shop, shop.lin, shop.an)
    serve(shop, shop.lin, "wei")
    react(shop)

    assert owner_of(shop, shop.lin) == shop.an.id


# Twice is once


def test_the_reaction_twice_writes_one_row_and_tells_once(shop) -> None:
    publish(shop, TOUCH)
    serve(shop, shop.lin, "wei")
    react(shop)
    with db.transaction(shop.brand.id):
        served = session.scalars(select(Event).filter_by(name="visit.served")).all()
        assert len(served) == 1
        reactions.on_met(served)
        reactions.on_met(served)
        told = session.scalars(select(Event).filter_by(name="member.handed_over")).all()

    assert len(rows(shop, shop.lin)) == 1
    assert [each.data["rule_version"] for each in told] == [1]


def test_ending_a_visit_twice_tells_it_once(shop) -> None:
    visit_id = serve(shop, shop.lin, "wei")
    by = factories.actor(factories.sign_in("wei"))
    with db.transaction(shop.brand.id):
        visits.finish(visit_id, by, Outcome.BOUGHT)
        told = session.scalars(select(Event).filter_by(name="visit.served")).all()

    assert [(each.member_id, each.data["staff_id"]) for each in told] == [
        (shop.lin.id, shop.wei.id)
    ]


def another(shop, number: int):
    fan = factories.make_fan(shop.brand.id, shop.brand.service.id, f"o-other-{number}")
    return factories.make_member(shop.brand.id, fan.id, f"139000000{number:02d}")


def test_a_batch_for_the_lightest_is_shared_evenly(shop) -> None:
    people: Sequence = [another(shop, number) for number in range(10)]
    publish(shop, FALLBACK)
    with db.transaction(shop.brand.id):
        for each in people:
            session.get_one(Member, (shop.brand.id, each.id)).main_store_id = shop.jingan.id
        session.flush()
        owners.give([Handing(people[0].id, shop.wei.id, shop.jingan.id, Why.TRANSFER)])
        owners.assign([each.id for each in people])
        loads = queries.loads([shop.wei.id, shop.an.id])

    assert loads == {shop.wei.id: 5, shop.an.id: 5}
