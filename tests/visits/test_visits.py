"""A visit: one person in one store, and who looks after her."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock, db
from app.members import queries as members
from app.stores import service as stores
from app.visits import queries
from app.visits import service as visits
from app.visits.models import Outcome, Visit, VisitKind, VisitState
from tests import factories


@pytest.fixture
def wei(house):
    return factories.actor(factories.sign_in("wei"))


@pytest.fixture
def chen(house):
    factories.make_staff(house.brand.id, "chen", name="小陈", store_ids=[house.jingan.id])
    return factories.actor(factories.sign_in("chen"))


@pytest.fixture
def lin(house):
    return factories.make_fan(house.brand.id, house.brand.service.id, "o-lin")


def scan(house, fan, at=None, store=None) -> Visit:
    with db.transaction(house.brand.id):
        code = (store or house.jingan).code
        return visits.record(members.fan(fan.id), code, VisitKind.FAN, at or clock.now())


def act(house, verb, *given):
    with db.transaction(house.brand.id):
        return verb(*given)


def all_of_today(house, store=None) -> list[Visit]:
    with db.transaction(house.brand.id):
        return [s.visit for s in queries.of_day((store or house.jingan).id, clock.now())]


def test_a_second_scan_within_the_hour_moves_her_up_instead_of_doubling_her(house, lin):
    other = factories.make_fan(house.brand.id, house.brand.service.id, "o-other")
    at = clock.now()
    first = scan(house, lin, at)
    scan(house, other, at + timedelta(seconds=5))

    again = scan(house, lin, at + timedelta(seconds=10))

    assert again.id == first.id
    assert [visit.fan_id for visit in all_of_today(house)] == [lin.id, other.id]
    assert again.seq == 3


def test_the_same_scan_told_twice_changes_nothing(house, lin):
    at = clock.now()
    scan(house, lin, at)

    scan(house, lin, at)

    assert [visit.seq for visit in all_of_today(house)] == [1]


def test_a_batch_of_scans_leaves_the_board_that_one_after_another_leave(house, lin):
    clock.move(-timedelta(hours=clock.local(clock.now()).hour) + timedelta(hours=12))
    noon = clock.now()
    bos = factories.make_fan(house.brand.id, house.brand.service.id, "o-other")
    minutes = [(lin, 0), (bos, 1), (lin, 2), (lin, 1), (bos, 75), (lin, 2), (bos, 76)]
    for fan, minute in minutes:
        scan(house, fan, noon + timedelta(minutes=minute))

    with db.transaction(house.brand.id):
        code = house.hubin.code
        told = [
            visits.Scan(members.fan(fan.id), code, VisitKind.FAN, noon + timedelta(minutes=minute))
            for fan, minute in minutes
        ]
        visits.record_all(told)

    assert board_of(house, house.hubin) == board_of(house, house.jingan)
    assert len(board_of(house, house.hubin)) == 3
    seqs = [visit.seq for visit in all_of_today(house, house.hubin)]
    assert len(set(seqs)) == 3


def board_of(house, store) -> list[tuple]:
    """Who stands there, in the order of the last change."""
    found = sorted(all_of_today(house, store), key=lambda visit: visit.seq)
    return [(visit.fan_id, visit.scanned_at) for visit in found]


def test_an_hour_later_it_is_another_visit(house, lin):
    clock.move(-timedelta(hours=clock.local(clock.now()).hour) + timedelta(hours=12))
    at = clock.now()
    scan(house, lin, at - timedelta(hours=2))

    scan(house, lin, at)

    assert len(all_of_today(house)) == 2


def test_who_had_been_finished_with_waits_again_when_she_scans_again(house, lin, wei):
    at = clock.now()
    visit = scan(house, lin, at)
    act(house, visits.finish, visit.id, wei, Outcome.NOT_TODAY)

    again = scan(house, lin, at + timedelta(minutes=20))

    assert (again.id, again.state, again.outcome) == (visit.id, VisitState.WAITING, None)


def test_every_change_takes_the_next_seq_of_its_store_alone(house, lin, wei):
    visit = scan(house, lin)
    scan(house, lin, store=house.hubin)

    seqs = [
        act(house, visits.claim, visit.id, wei).seq,
        act(house, visits.greet, visit.id, wei).seq,
        act(house, visits.finish, visit.id, wei, Outcome.SERVED).seq,
    ]

    assert seqs == [2, 3, 4]
    assert [each.seq for each in all_of_today(house, house.hubin)] == [1]


def test_a_change_rings_the_bell_of_its_store_after_the_commit(house, lin, redis):
    heard = redis.pubsub(ignore_subscribe_messages=True)
    heard.subscribe(f"huike:bell:store:{house.jingan.id}")
    heard.get_message(timeout=1)

    with db.transaction(house.brand.id):
        visits.record(members.fan(lin.id), house.jingan.code, VisitKind.FAN, clock.now())
        too_early = heard.get_message(timeout=0.1)
    rung = heard.get_message(timeout=1)
    heard.close()

    assert too_early is None
    assert rung["data"] == b"1"


def test_a_lost_claim_says_who_won(house, lin, wei, chen):
    visit = scan(house, lin)
    act(house, visits.claim, visit.id, chen)

    with pytest.raises(visits.SomeoneWasFaster, match="小陈先接待了粉丝"):
        act(house, visits.claim, visit.id, wei)


def test_a_claim_lasts_ten_minutes_and_then_a_colleague_may_take_over(house, lin, wei, chen):
    visit = scan(house, lin)
    act(house, visits.claim, visit.id, chen)
    clock.move(timedelta(minutes=10, seconds=1))

    taken = act(house, visits.claim, visit.id, wei)

    assert taken.claimed_by_id == wei.staff_id


def test_only_who_claimed_her_can_let_her_go(house, lin, wei, chen):
    visit = scan(house, lin)
    act(house, visits.claim, visit.id, chen)

    untouched = act(house, visits.release, visit.id, wei)
    released = act(house, visits.release, visit.id, chen)

    assert untouched.state == VisitState.CLAIMED
    assert (released.state, released.claimed_by_id) == (VisitState.WAITING, None)


def test_a_colleagues_visit_cannot_be_ended(house, lin, wei, chen):
    visit = scan(house, lin)
    act(house, visits.claim, visit.id, chen)

    with pytest.raises(visits.SomeoneWasFaster):
        act(house, visits.finish, visit.id, wei, Outcome.BOUGHT)


def test_an_ended_visit_keeps_its_first_outcome(house, lin, wei):
    visit = scan(house, lin)
    act(house, visits.finish, visit.id, wei, Outcome.BOUGHT)

    again = act(house, visits.finish, visit.id, wei, Outcome.NOT_TODAY)

    assert again.outcome == Outcome.BOUGHT


def test_joining_marks_todays_visits_and_older_ones_stay_as_they_were(house, lin):
    yesterday = scan(house, lin, clock.now() - timedelta(days=1, hours=2))
    today = scan(house, lin)

    act(house, visits.joined, [lin.id], clock.now())

    with db.transaction(house.brand.id):
        assert db.get(Visit, today.id).joined_at is not None
        assert db.get(Visit, yesterday.id).joined_at is None


def test_a_visit_elsewhere_looks_like_none_at_all(house, lin, wei):
    elsewhere = scan(house, lin, store=house.hubin)

    for visit_id in (elsewhere.id, 999_999):
        with pytest.raises(visits.NoVisit):
            act(house, visits.claim, visit_id, wei)


def test_a_store_seq_belongs_to_its_store(house):
    with db.transaction(house.brand.id):
        seqs = [stores.next_board_seq(house.jingan.id) for _ in range(3)]
        other = stores.next_board_seq(house.hubin.id)

    assert (seqs, other) == ([1, 2, 3], 1)
