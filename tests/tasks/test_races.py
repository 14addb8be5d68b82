"""Sixty-four at once: one has the task, one touch is one touch; and without protection not."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.core import clock, codes, db
from app.core.db import session
from app.tasks import bulk, queries, service
from app.tasks.models import Outcome, RuleKind, Situation, Source, Task, TaskStep
from app.tasks.service import Lead, Tap
from tests.tasks.conftest import Store

pytestmark = pytest.mark.race
CROWD = 64
GOOD = "good"


@pytest.fixture
def store(own_database, house) -> Store:
    return Store(house)


def at_once(acts) -> Counter[str]:
    """All begin together; answers how often which refusal was heard."""
    told: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act) -> None:
        start.wait()
        try:
            act()
            told.append(GOOD)
        except Exception as error:
            told.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(told)


def steps_of(store, task_id: int) -> int:
    counted = select(func.count()).select_from(TaskStep).filter_by(task_id=task_id)
    with db.transaction(store.brand_id):
        return session.scalar(counted)


def test_the_store_s_task_is_taken_by_one(store) -> None:
    [task] = store.give(store.member(guide_id=0))
    guides = [store.actor("wei"), store.actor("chen")]
    taps = [Tap(guides[n % 2], 0, codes.code()) for n in range(CROWD)]

    told = at_once([lambda tap=tap: store.do(service.take, task.id, tap) for tap in taps])

    assert told[GOOD] == 1
    assert set(told) <= {GOOD, "SomeoneHasIt", "HasChanged"}
    assert steps_of(store, task.id) == 1


def test_one_tap_sent_many_times_is_one_touch(store) -> None:
    [task] = store.give(store.member())
    tap = Tap(store.actor("wei"), 0, codes.code())
    act = lambda: store.do(service.note, task.id, Outcome.NO_ANSWER, tap)  # noqa: E731

    told = at_once([act] * CROWD)

    assert told == {GOOD: CROWD}
    assert (store.task(task.id).touches, steps_of(store, task.id)) == (1, 1)


def test_two_outcomes_at_once_are_one(store) -> None:
    [task] = store.give(store.member())
    taps = [Tap(store.actor("wei"), 0, codes.code()) for _ in range(CROWD)]
    acts = [lambda tap=tap: store.do(service.note, task.id, Outcome.REPLIED, tap) for tap in taps]

    told = at_once(acts)

    assert told[GOOD] == 1
    assert store.task(task.id).touches == 1


def test_one_cause_makes_one_task_however_many_make_it(store) -> None:
    lin = store.member()
    wish = bulk.Wish(Source.STAFF, "one-cause", Situation.NEWS, {"why": "新品到了"}, 1)

    told = at_once([lambda: store.do(bulk.make, wish, [lin])] * CROWD)

    assert told == {GOOD: CROWD}
    assert len(store.tasks(lin)) == 1


def test_many_leads_of_one_member_ask_for_her_once(store) -> None:
    lin = store.member()
    store.rule(RuleKind.BASKET, days=0)
    leads = [Lead(RuleKind.BASKET, lin, f"lead-{n}", clock.now(), None) for n in range(CROWD)]

    told = at_once([lambda lead=lead: store.do(bulk.take_lead, lead, "1") for lead in leads])

    assert told == {GOOD: CROWD}
    assert len(store.tasks(lin)) == 1


def test_two_workers_plan_a_day_once(store) -> None:
    for number in range(20):
        lin = store.member()
        for days in (60, 84, 108 + number):
            store.buy(lin, clock.now() - timedelta(days=days))
    store.rule(RuleKind.SLEEPING, days=30)

    at_once([lambda: store.do(bulk.plan_day, clock.now())] * 16)

    found = store.tasks()
    assert len(found) == 8  # what a guide gets in a day
    assert len({task.member_id for task in found}) == 8


def test_control_who_looks_before_taking_takes_what_another_has(store) -> None:
    [task] = store.give(store.member(guide_id=0))
    seen = threading.Barrier(16)

    def careless(staff_id: int) -> None:
        with db.transaction(store.brand_id):
            found = queries.standing(db.get(Task, task.id), clock.now())
            seen.wait()
            if found.guide is not None:
                raise service.SomeoneHasIt()
            ours = (Task.brand_id == store.brand_id) & (Task.id == task.id)
            session.execute(update(Task).where(ours).values(guide_id=staff_id))

    guides = [store.house.wei.id, store.chen.id]
    told = at_once([lambda n=n: careless(guides[n % 2]) for n in range(16)])

    assert told[GOOD] > 1
