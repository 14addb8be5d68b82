"""Lin and Ann are one woman: her two cards become one, and two again."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import tables
from app.core import audit, clock, db
from app.core.db import session
from app.journeys import merging
from app.journeys.merging.preview import sheet
from app.journeys.merging.table import RULES
from app.members import queries
from app.members import service as members
from app.members.models import Member, MemberTwin, Purpose, TwinReason, TwinState
from app.points import queries as balances
from app.points import service as points
from tests import factories
from tests.journeys import histories
from tests.journeys.histories import History, World
from tests.soak import g9
from tests.soak.g9 import merge

_brands = count(1)


def world(history: History) -> World:
    return World(history, f"merge{next(_brands)}")


def undo(told: World, merge_id: int) -> list[merging.Kept]:
    with db.transaction(told.brand.id):
        kept = merging.undo(merge_id, actor="staff:1")
    told.is_merged = False
    return kept


def steps(names):
    one = st.tuples(st.sampled_from(names), st.integers(0, 1), st.integers(1, 400))
    return st.lists(one, max_size=10)


both = st.tuples(st.booleans(), st.booleans())
lives = st.builds(
    History, both, both, st.booleans(), steps(histories.BEFORE), steps(histories.SINCE)
)
quickly = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@quickly
@given(history=lives)
def test_a_merge_that_is_undone_leaves_everything_as_it_was(app, history):
    told = world(history)
    before = told.rows()

    merge_id = merge(told)
    left = told.left_on(told.ids[1 - told.survivor])
    undo(told, merge_id)

    assert left == {}, "a merge leaves nothing behind with who was merged"
    assert histories.differing(before, told.rows()) == []


@quickly
@given(history=lives)
def test_what_happens_while_they_are_one_stays_and_all_else_returns(app, history):
    merged, never = world(history), world(history)

    merge_id = merge(merged)
    merged.act(history.since)
    undo(merged, merge_id)
    never.is_since = True
    never.act(never.settle(history.since))
    never.make_good()

    for found, expected in zip(merged.facts(), never.facts(), strict=True):
        assert {name: found[name] for name in histories.differing(found, expected)} == {
            name: expected[name] for name in histories.differing(found, expected)
        }


LIFE = (
    ("order", 1, 30), ("points", 0, 50), ("points", 1, 70), ("tier", 0, 10), ("tier", 1, 250),
    ("tag", 0, 1), ("tag", 1, 1), ("tag", 1, 2), ("coupon", 0, 1), ("coupon", 1, 1),
    ("target", 1, 1), ("contact", 1, 5), ("value", 1, 9), ("note", 1, 1),
    ("value", 1, 2), ("click", 1, 1),
    ("scan", 1, 1), ("refuse", 1, 1), ("name", 1, 7),
)  # fmt: skip


@pytest.fixture
def two(app) -> World:
    """Both with a WeChat and a phone, and a life; the first is the older one."""
    return world(History((True, True), (True, True), False, LIFE, ()))


def test_she_who_has_been_a_member_longer_survives(app):
    told = world(History((True, True), (True, True), True, (), ()))

    with db.transaction(told.brand.id):
        done = merging.merge(*told.ids, actor="staff:1")

    assert (done.survivor_id, done.merged_id) == (told.ids[1], told.ids[0])


def test_the_dead_number_leads_to_the_survivor(two):
    merge(two)

    with db.transaction(two.brand.id):
        dead = db.get(Member, two.ids[1])
        assert queries.member(dead.id).id == two.ids[0]
        assert queries.by_number(dead.number).id == two.ids[0]
        assert queries.count() == 1


def test_points_tags_coupons_and_orders_are_added_up(two):
    with db.transaction(two.brand.id):
        expected = merging.preview(*two.ids).after
    merge(two)

    with db.transaction(two.brand.id):
        found = sheet(db.get(Member, two.ids[0]))
    assert (found.points, found.tier, found.coupons, found.orders) == (120, "金穗", 2, 1)
    assert found == expected, "the preview promised what came"


def test_what_either_refused_is_refused(two):
    with db.transaction(two.brand.id):
        assert queries.has_consent(two.ids[0], Purpose.MARKETING)

    merge_id = merge(two)
    with db.transaction(two.brand.id):
        assert not queries.has_consent(two.ids[0], Purpose.MARKETING)
    undo(two, merge_id)

    with db.transaction(two.brand.id):
        assert queries.has_consent(two.ids[0], Purpose.MARKETING)
        assert not queries.has_consent(two.ids[1], Purpose.MARKETING)


def test_points_spent_since_are_not_given_back_and_it_is_said(two):
    merge_id = merge(two)
    with db.transaction(two.brand.id):
        points.spend(two.ids[0], amount=100, kind="gift", reference="gift:1")

    kept = undo(two, merge_id)

    assert [each.words for each in kept] == ["50 积分在合并以后用掉了，退不回去"]
    assert two.facts_of("points") == [{}, {"available": 20}]


def test_a_merge_and_its_undoing_are_in_the_audit(two):
    undo(two, merge(two))

    with db.transaction(two.brand.id):
        acts = session.scalars(select(audit.AuditRow.act).order_by(audit.AuditRow.seq)).all()
    assert acts[-2:] == ["members.merged", "members.unmerged"]


def test_nobody_is_merged_twice_and_no_merge_is_undone_twice(two):
    merge_id = merge(two)
    with pytest.raises(merging.AlreadyMerged), db.transaction(two.brand.id):
        merging.merge(*two.ids, actor="staff:1")
    undo(two, merge_id)

    with pytest.raises(merging.NotMerged), db.transaction(two.brand.id):
        merging.undo(merge_id, actor="staff:1")


def test_the_last_merge_is_undone_first(two):
    with db.transaction(two.brand.id):
        fan = members.follow(two.brand.service.id, "o-third", clock.now())
        joined = members.join(
            fan_id=fan.id, phone="13700007777", agreed=True, marketing=True, door="card",
            store_id=None,
        )  # fmt: skip
        third_id = joined.member.id
    before = two.rows()
    first = merge(two)
    with db.transaction(two.brand.id):
        second = merging.merge(two.ids[0], third_id, actor="staff:1").id

    with pytest.raises(merging.LaterMerge), db.transaction(two.brand.id):
        merging.undo(first, actor="staff:1")
    undo(two, second)
    undo(two, first)

    assert histories.differing(before, two.rows()) == []


def test_a_chain_of_merges_leads_to_the_one_who_stands(app):
    told = world(History((True, True), (True, True), True, LIFE, ()))
    with db.transaction(told.brand.id):
        fan = members.follow(told.brand.service.id, "o-eldest", clock.now())
        joined = members.join(
            fan_id=fan.id, phone="13700007777", agreed=True, marketing=True, door="card",
            store_id=None,
        )  # fmt: skip
        eldest = joined.member
        eldest.joined_on = eldest.joined_on.replace(year=2010)
    first = merge(told)
    with db.transaction(told.brand.id):
        second = merging.merge(told.ids[1], eldest.id, actor="staff:1").id
        assert {queries.member(each).id for each in told.ids} == {eldest.id}
    with pytest.raises(merging.LaterMerge), db.transaction(told.brand.id):
        merging.undo(first, actor="staff:1")

    undo(told, second)

    with db.transaction(told.brand.id):
        assert queries.member(told.ids[0]).id == told.ids[1]
        assert queries.member(told.ids[1]).id == told.ids[1]


def test_every_table_with_a_member_has_a_rule_for_merging():
    named = {
        table.name
        for table in tables.metadata.sorted_tables
        if "member_id" in table.c
        or any(key.target_fullname == "members.id" for key in table.foreign_keys)
    }

    assert named - RULES.keys() == set(), "say in journeys/merging/table.py what becomes of it"
    assert RULES.keys() - {table.name for table in tables.metadata.sorted_tables} == set()


@pytest.mark.parametrize("table", g9.LEFT_OUT)
def test_control_a_table_left_out_of_the_merge_is_noticed(two, table):
    before = two.rows()
    merge_id = merge(two)
    g9.leave_out(two, merge_id, table)

    undo(two, merge_id)

    assert histories.differing(before, two.rows()) != []


def test_two_who_may_be_one_wait_for_a_person(two):
    with db.transaction(two.brand.id):
        members.suspect(*two.ids, TwinReason.STAFF)
        members.suspect(*reversed(two.ids), TwinReason.PHONE)
        assert queries.open_twin_count() == 1
        assert db.get(Member, two.ids[1]).merged_into_id is None, "nothing is merged by itself"

    merge(two)

    with db.transaction(two.brand.id):
        assert session.scalar(select(MemberTwin.state)) == TwinState.MERGED


def test_two_who_are_not_one_are_not_asked_about_again(two):
    with db.transaction(two.brand.id):
        members.suspect(*two.ids, TwinReason.PHONE)
        (pair,) = queries.open_twins()
        members.settle_twins(pair.id, TwinState.DIFFERENT, actor="staff:1")
    with db.transaction(two.brand.id):
        members.suspect(*two.ids, TwinReason.UNIONID)
        assert queries.open_twins() == []


def test_a_phone_that_was_passed_on_carries_no_points(app, house):
    brand = house.brand
    lin = factories.make_fan(brand.id, brand.mini.id, "o-lin")
    hers = factories.make_member(brand.id, lin.id, "13800005678")
    with db.transaction(brand.id):
        points.earn(hers.id, amount=500, kind="order", reference="order:1")
    stranger = factories.make_fan(brand.id, brand.mini.id, "o-stranger")

    new = factories.make_member(brand.id, stranger.id, "13800005678")

    with db.transaction(brand.id):
        assert new.id != hers.id
        assert (balances.balance(hers.id), balances.balance(new.id)) == (500, 0)
        (pair,) = queries.open_twins()
        assert (pair.low_id, pair.high_id, pair.reason) == (hers.id, new.id, TwinReason.PHONE)
        ended = [each for each in queries.identities_of(hers.id) if each.until is not None]
        assert [(each.kind, each.ended_reason) for each in ended] == [("phone", "recycled")]


def test_the_same_woman_in_two_accounts_of_the_brand_is_one_member(app, house):
    brand = house.brand
    follower = factories.make_fan(brand.id, brand.service.id, "o-lin", unionid="u-lin")
    visitor = factories.make_fan(brand.id, brand.mini.id, "m-lin", unionid="u-lin")

    one = factories.make_member(brand.id, follower.id, "13800005678")
    again = factories.make_member(brand.id, visitor.id, "13800005678")

    assert one.id == again.id


def test_a_late_unionid_that_names_two_members_merges_nobody(app, house):
    brand = house.brand
    follower = factories.make_fan(brand.id, brand.service.id, "o-lin")
    visitor = factories.make_fan(brand.id, brand.mini.id, "m-lin", unionid="u-lin")
    one = factories.make_member(brand.id, follower.id, "13800005678")
    other = factories.make_member(brand.id, visitor.id, "13900005678")

    with db.transaction(brand.id):
        members.learn_unionid(follower.id, "u-lin")

    with db.transaction(brand.id):
        (pair,) = queries.open_twins()
        assert (pair.low_id, pair.high_id, pair.reason) == (one.id, other.id, TwinReason.UNIONID)
        assert queries.fans_of(one.id)[0].id == follower.id
