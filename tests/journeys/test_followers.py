"""The daily check: what an outage made us miss is healed, counted, and healed once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app import timekeeper
from app.core import clock, db
from app.core.db import session
from app.journeys import followers
from app.journeys.models import CheckState, FollowerCheck, ListedFollower
from app.members import service as members
from app.members.models import Fan
from app.wechat import openids as sealed
from tests.sandbox.play import Sandbox
from tests.wechat.conftest import events_of

pytestmark = pytest.mark.flow


@pytest.fixture(autouse=True)
def five_in_the_morning(brand):
    it_is(5)


def it_is(hour: float, *, days_on: int = 0) -> None:
    """Move the clock of Huike; WeChat's stays."""
    clock.move(timedelta())
    today, _ = clock.day_bounds(clock.business_day(clock.now()))
    clock.move(today + timedelta(days=days_on, hours=hour) - clock.now())


@pytest.fixture(autouse=True)
def whole_pages(box: Sandbox):
    yield
    box.limits(openids_per_page=None, openids_per_batchget=None)


def follow_unheard(box: Sandbox, account, *names: str) -> list[str]:
    """They follow at WeChat while nobody hears its callbacks."""
    people = [box.person(name) for name in names]
    for person in people:
        body = {"appid": account.appid}
        box.admin("POST", f"/people/{person['person_id']}/follow", body)
    return [person["openids"][account.appid] for person in people]


def leave_unheard(box: Sandbox, account, name: str) -> None:
    person = box.person(name)
    box.admin("POST", f"/people/{person['person_id']}/unfollow", {"appid": account.appid})


def check() -> FollowerCheck:
    """The timekeeper's tick and the worker's answer."""
    followers.plan_due(clock.now())
    followers.work()
    with db.system_transaction():
        newest = select(FollowerCheck).order_by(FollowerCheck.id.desc())
        return session.scalars(newest.limit(1)).first()


def figures(done: FollowerCheck) -> tuple:
    return done.state, done.listed, done.healed_follows, done.healed_leaves


def follows(brand) -> dict[str, bool]:
    with db.transaction(brand.id):
        return {members.openid_of(fan): fan.is_following for fan in session.scalars(select(Fan))}


def heard_follow(brand, account, openid: str, *, days_ago: int = 3) -> None:
    with db.transaction(brand.id):
        members.follow(account.id, openid, clock.now() - timedelta(days=days_ago))


def test_follows_missed_during_an_outage_are_healed_and_counted(box, brand, account):
    lin, bo = follow_unheard(box, account, "lin", "bo")
    heard_follow(brand, account, bo)

    assert figures(check()) == (CheckState.DONE, 2, 1, 0)
    assert follows(brand) == {lin: True, bo: True}
    assert [event.name for event in events_of(brand.id)] == ["wechat.follow_found"]


def test_a_healed_follow_is_recognised_as_the_member_she_is(box, brand, account):
    (lin,) = follow_unheard(box, account, "lin")
    check()

    with db.transaction(brand.id):
        fan = members.find_fan(account.id, lin)
        assert members.unionid_of(fan) is not None
        assert fan.unionid_due_at is None
        assert fan.follow_changed_at < clock.now() + timedelta(days=1)


def test_who_left_during_an_outage_is_no_follower_any_more(box, brand, account):
    lin, bo = follow_unheard(box, account, "lin", "bo")
    heard_follow(brand, account, lin)
    heard_follow(brand, account, bo)
    leave_unheard(box, account, "bo")

    assert figures(check()) == (CheckState.DONE, 1, 0, 1)
    assert follows(brand) == {lin: True, bo: False}


def test_what_was_heard_after_the_check_began_is_not_overruled_by_it(box, brand, account):
    (lin,) = follow_unheard(box, account, "lin")
    leave_unheard(box, account, "lin")
    followers.plan_due(clock.now())
    heard_follow(brand, account, lin, days_ago=-1)

    assert figures(check()) == (CheckState.DONE, 0, 0, 0)
    assert follows(brand) == {lin: True}


def test_a_leave_we_heard_of_outweighs_an_older_follow_in_wechats_answer(box, brand, account):
    (lin,) = follow_unheard(box, account, "lin")
    with db.transaction(brand.id):
        members.unfollow(account.id, lin, clock.now() - timedelta(minutes=1))
        session.execute(update(Fan).values(follow_changed_at=clock.now() + timedelta(days=1)))

    assert figures(check())[2:] == (0, 0)
    assert follows(brand) == {lin: False}


def test_a_fan_whom_wechat_does_not_know_spoils_no_answer_on_the_others(box, brand, account):
    (lin,) = follow_unheard(box, account, "lin")
    heard_follow(brand, account, lin)
    leave_unheard(box, account, "lin")
    heard_follow(brand, account, "o-of-another-account")

    assert figures(check()) == (CheckState.DONE, 0, 0, 1)
    assert follows(brand) == {lin: False, "o-of-another-account": True}


def test_a_list_that_is_wrongly_empty_makes_nobody_leave(box, brand, account):
    lin, bo = follow_unheard(box, account, "lin", "bo")
    heard_follow(brand, account, lin)
    heard_follow(brand, account, bo)
    box.limits(openids_per_page=0)

    assert figures(check()) == (CheckState.DONE, 0, 0, 0)
    assert follows(brand) == {lin: True, bo: True}


def test_the_timekeeper_begins_it_by_itself(box, brand):
    timekeeper.check_followers()

    with db.system_transaction():
        assert session.scalar(select(FollowerCheck.state)) == CheckState.LISTING
    assert timekeeper.check_followers in timekeeper.DUTIES


def test_the_day_is_checked_once_however_often_the_timekeeper_ticks(box, brand, account):
    follow_unheard(box, account, "lin")

    first = check()
    second = check()

    assert first.id == second.id
    assert figures(first) == figures(second) == (CheckState.DONE, 1, 1, 0)
    with db.transaction(brand.id):
        assert session.scalar(select(func.count()).select_from(ListedFollower)) == 0
    it_is(5, days_on=1)
    assert check().id != first.id


def test_before_four_in_the_morning_no_check_begins(box, brand):
    it_is(3)

    followers.plan_due(clock.now())

    with db.system_transaction():
        assert session.scalar(select(func.count()).select_from(FollowerCheck)) == 0


def test_a_half_check_goes_on_behind_the_page_it_had_written_down(box, brand, account):
    box.limits(openids_per_page=2)
    openids = follow_unheard(box, account, "a", "b", "c", "d", "e")
    followers.plan_due(clock.now())
    followers._take(followers._next())
    with db.system_transaction():
        (half,) = session.scalars(select(FollowerCheck))
    after = sealed.opened(brand.id, account.id, half.after_encrypted)
    assert (half.listed, after) == (2, openids[1])

    assert figures(check()) == (CheckState.DONE, 5, 5, 0)
    pages = box.log(path="/cgi-bin/user/get")
    assert len(pages) == 4, "two, two, one, none: no page is read twice"


def test_a_silent_wechat_costs_the_check_a_minute_and_no_page(box, brand, account):
    box.limits(openids_per_page=2)
    follow_unheard(box, account, "a", "b", "c")
    followers.plan_due(clock.now())
    followers._take(followers._next())
    box.fault("/cgi-bin/user/get", "lose_response", times=1)

    followers.work()
    assert followers._next() is None, "it rests"
    it_is(5.1)

    assert figures(check()) == (CheckState.DONE, 3, 3, 0)


def test_yesterdays_half_check_is_given_up_when_todays_begins(box, brand, account):
    followers.plan_due(clock.now())

    it_is(5, days_on=1)
    today = check()

    with db.system_transaction():
        states = list(session.scalars(select(FollowerCheck.state).order_by(FollowerCheck.id)))
    assert states == [CheckState.GIVEN_UP, CheckState.DONE]
    assert today.state == CheckState.DONE


@pytest.mark.race
def test_two_workers_at_one_check_heal_nobody_twice(own_database, box, brand, account):
    box.limits(openids_per_page=3)
    openids = follow_unheard(box, account, *(f"p{number}" for number in range(12)))
    followers.plan_due(clock.now())

    workers = [threading.Thread(target=followers.work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert figures(check()) == (CheckState.DONE, 12, 12, 0)
    assert follows(brand) == dict.fromkeys(openids, True)
    assert len(events_of(brand.id)) == 12
