"""What the rules look for, once for each member and cause, within what a guide can do in a day."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.coupons.models import Coupon
from app.members import service as people
from app.members.models import ConsentChannel, Purpose, Tag
from app.tasks import bulk, jobs, policy, queries, service, words
from app.tasks.causes import asked
from app.tasks.models import RuleKind, Situation, Source, TaskRule, TaskState
from app.tasks.policy import TaskPolicy
from app.tasks.service import rules
from tests import factories
from tests.coupons.conftest import make_batch
from tests.tasks.conftest import later

pytestmark = pytest.mark.usefixtures("noon")
DAY = timedelta(days=1)


def sleeper(store, *, since: int = 52, every: int = 24, times: int = 4, **member) -> int:
    """Somebody who came so often, and then no more."""
    lin = store.member(**member)
    for number in range(times):
        store.buy(lin, clock.now() - timedelta(days=since + every * number))
    return lin


def test_who_sleeps_longer_than_her_own_cycle_is_asked_for_in_a_sentence(store) -> None:
    store.rule(RuleKind.SLEEPING, days=30)
    lin = sleeper(store)
    sleeper(store, since=40, every=24)  # not twice her cycle yet
    sleeper(store, since=52, times=2)  # one gap is no habit

    store.plan()

    [task] = store.tasks()
    assert (task.member_id, task.guide_id) == (lin, store.house.wei.id)
    assert words.why(Source(task.source), task.facts) == "52 天没来，平时 24 天一次"
    assert store.seen_by("wei") == [task.id]


def test_planned_twice_is_planned_once(store) -> None:
    store.rule(RuleKind.SLEEPING, days=30)
    sleeper(store)

    store.plan()
    with db.transaction(store.brand_id):
        rule = session.scalars(select(TaskRule)).one()
        again = bulk.plan(rule, clock.now())

    assert again == 0
    assert len(store.tasks()) == 1


def test_the_same_sleep_is_asked_for_once_however_many_days_it_lasts(store) -> None:
    store.rule(RuleKind.SLEEPING, days=30, for_days=1)
    sleeper(store)
    store.plan()

    for _ in range(12):
        later(days=1)
        store.do(lambda: jobs.ending.close_over())
        store.plan()

    assert [task.state for task in store.tasks()] == [TaskState.EXPIRED]


def test_killed_half_way_the_day_is_planned_again_and_nobody_is_asked_twice(store) -> None:
    store.rule(RuleKind.SLEEPING, days=30)
    store.rule(RuleKind.CARE, days=7)
    sleeper(store)
    store.buy(store.member(), clock.now() - 7 * DAY)
    store.do(bulk.plan_day, clock.now())
    with pytest.raises(ZeroDivisionError):
        store.do(lambda: bulk.plan_day(clock.now()) and 1 // 0)

    store.plan()

    assert sorted(task.source for task in store.tasks()) == [Source.CARE, Source.SLEEPING]


def test_birthdays_of_the_days_ahead(store) -> None:
    store.rule(RuleKind.BIRTHDAY, days=7)
    today = clock.business_day(clock.now())
    soon, far = store.member(), store.member()
    store.change(soon, born_on=(today + 3 * DAY).replace(year=1990))
    store.change(far, born_on=(today + 9 * DAY).replace(year=1990))

    store.plan()

    [task] = store.tasks()
    day = today + 3 * DAY
    assert task.member_id == soon
    assert task.due_at == clock.day_bounds(day)[1]
    assert words.why(Source(task.source), task.facts) == f"{day.month}月{day.day}日生日"


def test_who_was_born_on_a_leap_day_has_hers_on_the_28th() -> None:
    told = rules_asked(date(2027, 2, 27))

    assert dict(zip(told["marks"], told["mark_days"], strict=True))["02-29"] == date(2027, 2, 28)
    assert "02-29" in rules_asked(date(2028, 2, 27))["marks"]


def rules_asked(day: date) -> dict:
    noon = clock.day_bounds(day)[0] + timedelta(hours=12)
    return asked(RuleKind.BIRTHDAY, 3, 7, noon, clock.SHANGHAI)


def test_a_coupon_about_to_expire_that_she_can_still_use(store) -> None:
    store.rule(RuleKind.COUPON, days=5)
    lin, spent, long = store.member(), store.member(), store.member()
    batch = make_batch(store.brand_id)
    for member_id, days, used in ((lin, 3, 0), (spent, 3, 1), (long, 30, 0)):
        with db.transaction(store.brand_id):
            now = clock.now()
            session.add(
                Coupon(
                    batch_id=batch.id, member_id=member_id, reason="test", used=used,
                    valid_from=now - DAY, valid_until=now + days * DAY, issued_at=now,
                )
            )  # fmt: skip

    store.plan()

    [task] = store.tasks()
    assert task.member_id == lin
    assert "「满减券」" in words.why(Source(task.source), task.facts)


def test_some_days_after_a_purchase_somebody_asks_how_it_is(store) -> None:
    store.rule(RuleKind.CARE, days=7, for_days=3)
    lin, early = store.member(), store.member()
    store.buy(lin, clock.now() - 7 * DAY)
    store.buy(early, clock.now() - 2 * DAY)

    store.plan()

    [task] = store.tasks()
    assert task.member_id == lin
    assert words.why(Source(task.source), task.facts) == "7 天前买了东西，问问用得怎么样"


def test_nobody_is_asked_for_who_may_not_be_contacted(store) -> None:
    store.rule(RuleKind.SLEEPING, days=30)
    store.rule(RuleKind.BIRTHDAY, days=7)
    sleeper(store, marketing=False)
    said_no, erased, child, nowhere = (sleeper(store) for _ in range(4))
    store.do(people.refuse_marketing, None, said_no, "card")
    store.change(erased, erased_at=clock.now())
    store.change(child, born_on=clock.business_day(clock.now()) - timedelta(days=365 * 9))
    store.change(nowhere, main_store_id=None)

    store.plan()

    assert store.tasks() == []


def test_one_way_that_she_left_open_is_enough(store) -> None:
    lin = store.member(marketing=False)
    yes = {"is_given": True, "door": "card", "channel": ConsentChannel.CALL}
    store.do(people.consent, lin, Purpose.MARKETING, **yes)

    assert len(store.give(lin)) == 1


def test_who_has_a_task_gets_no_second_one_by_a_rule(store) -> None:
    store.rule(RuleKind.SLEEPING, days=30)
    store.rule(RuleKind.BIRTHDAY, days=7)
    lin = sleeper(store)
    store.change(lin, born_on=clock.business_day(clock.now()).replace(year=1990))

    store.plan()

    assert [task.source for task in store.tasks()] == [Source.BIRTHDAY]


def test_a_guide_gets_no_more_a_day_than_the_brand_says(store) -> None:
    store.do(policy.change, TaskPolicy(per_day=3), store.mei)
    store.rule(RuleKind.SLEEPING, days=30)
    for number in range(5):
        sleeper(store, since=52 + number)

    store.plan()
    first = len(store.tasks())
    later(days=1)
    store.plan()

    assert (first, len(store.tasks())) == (3, 5)


def test_what_staff_sends_is_dealt_out_over_days(store) -> None:
    store.do(policy.change, TaskPolicy(per_day=2), store.mei)
    lins = [store.member() for _ in range(5)]

    tasks = store.give(*lins)

    today = clock.business_day(clock.now())
    days = [(clock.business_day(task.starts_at) - today).days for task in tasks]
    assert sorted(days) == [0, 0, 1, 1, 2]
    assert len(store.seen_by("wei")) == 2


def test_the_dry_count_is_what_the_morning_makes(store) -> None:
    store.do(policy.change, TaskPolicy(per_day=3), store.mei)
    for _ in range(5):
        sleeper(store)
    foretold = store.do(bulk.foretell, RuleKind.SLEEPING, 30, 7)
    store.rule(RuleKind.SLEEPING, days=30)

    store.plan()

    assert foretold == (5, 3)
    assert len(store.tasks()) == 3


def test_a_rule_that_is_off_plans_nothing_and_every_default_can_be_filled(store) -> None:
    sleeper(store)

    store.plan()

    assert store.tasks() == []
    for told in rules.DEFAULTS.values():
        told.check()


def test_the_worker_plans_in_the_morning_and_not_at_night(store, noon) -> None:
    store.rule(RuleKind.SLEEPING, days=30)
    sleeper(store)
    clock.move(clock._moved - timedelta(hours=8))
    jobs.work()
    at_night = len(store.tasks())
    clock.move(clock._moved + timedelta(hours=8))

    jobs.plan_due()
    jobs.work()

    assert (at_night, len(store.tasks())) == (0, 1)


def test_another_brand_s_members_are_none_of_its_business(store) -> None:
    other = factories.make_brand("other", "别家")
    store.rule(RuleKind.SLEEPING, days=30)
    sleeper(store)
    with db.transaction(other.id):
        session.add(TaskRule(kind=RuleKind.SLEEPING, is_on=True, days=30, for_days=7, words=""))

    jobs.work()

    with db.transaction(other.id):
        assert queries.open_by_source() == {}
    assert len(store.tasks()) == 1


def test_a_batch_goes_on_where_it_was_and_adds_up(store) -> None:
    batch, lins = tagged_batch(store, people_count=5, no=2)
    store.do(bulk.step, batch.id, 2)

    while store.do(bulk.step, batch.id, 2):
        continue

    made = store.do(queries.batch, batch.id)
    assert (made.state, made.seen, made.made) == ("done", 7, 5)
    assert sorted(task.member_id for task in store.tasks()) == sorted(lins)


def test_the_preview_says_by_guide_what_is_then_made(store) -> None:
    batch, _ = tagged_batch(store, people_count=3, no=1)

    counted = store.do(bulk.preview, batch.tag_id)

    assert (counted.selected, counted.will_get, counted.left_out) == (4, 3, 1)
    assert [share.guide_id for share in counted.shares] == [store.house.wei.id]


def tagged_batch(store, *, people_count: int, no: int) -> tuple[SimpleNamespace, list[int]]:
    lins = [store.member() for _ in range(people_count)]
    others = [store.member(marketing=False) for _ in range(no)]
    for each in lins + others:
        store.do(people.tag_member, each, "活动", "春季", "rule")
    with db.transaction(store.brand_id):
        tag = session.scalars(select(Tag).filter_by(name="春季")).one()
        errand = service.Errand(Situation.NEWS, "春季新品到了", "{称呼}，来看看？", 3)
        return service.start(tag.id, errand, store.mei), lins
