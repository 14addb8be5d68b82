"""What a guide does with a task: each act once, hers or nobody's, with its way back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock, db
from app.members import queries as members
from app.members import service as people
from app.members.models import ConsentChannel, Purpose
from app.staff import service as staff
from app.tasks import queries, service
from app.tasks.models import Outcome, Step, TaskState
from app.tasks.queries import NoTask
from app.tasks.service import HasChanged, IsOver, NotYourCall, SomeoneHasIt, Tap, TooLateToUndo
from tests.tasks.conftest import later

pytestmark = pytest.mark.usefixtures("noon")


def test_her_guide_has_it_and_nobody_else(store) -> None:
    [task] = store.give(store.member())

    assert task.guide_id == store.house.wei.id
    assert (store.seen_by("wei"), store.seen_by("chen"), store.seen_by("bo")) == ([task.id], [], [])


def test_without_a_guide_it_is_the_store_s_for_one_to_take(store) -> None:
    [task] = store.give(store.member(guide_id=0))
    first, second = store.tap(task, "wei"), store.tap(task, "chen")

    store.do(service.take, task.id, first)

    with pytest.raises(SomeoneHasIt, match="小魏先拿了"):
        store.do(service.take, task.id, second)
    assert (store.seen_by("wei"), store.seen_by("chen")) == ([task.id], [])


def test_an_outcome_on_the_store_s_takes_it_too(store) -> None:
    [task] = store.give(store.member(guide_id=0))

    store.note(task, Outcome.REPLIED, "chen")

    assert store.task(task.id).guide_id == store.chen.id


def test_a_guide_of_another_store_finds_nothing(store) -> None:
    [task] = store.give(store.member())
    tap = store.tap(task, "bo")

    for act in (
        lambda: service.take(task.id, tap),
        lambda: service.note(task.id, Outcome.REPLIED, tap),
        lambda: service.undo(task.id, 1, tap),
    ):
        with pytest.raises(NoTask):
            store.do(act)


def test_a_guide_who_moved_away_leaves_it_to_the_store(store) -> None:
    [task] = store.give(store.member())
    wei = store.house.wei
    with db.transaction(store.brand_id):
        staff.set_stores(wei.id, [store.house.hubin.id])
    store.actors.clear()

    assert store.seen_by("wei") == []
    assert store.seen_by("chen") == [task.id]
    with pytest.raises(NoTask):
        store.note(task, Outcome.REPLIED, "wei")
    store.do(service.take, task.id, store.tap(task, "chen"))
    assert store.task(task.id).guide_id == store.chen.id


def test_an_answer_without_a_purchase_is_followed_by_another_touch(store) -> None:
    [task] = store.give(store.member())

    store.note(task, Outcome.REPLIED)

    assert store.seen_by("wei") == []
    later(days=3)
    assert store.seen_by("wei") == [task.id]


def test_no_answer_means_another_day(store) -> None:
    [task] = store.give(store.member())

    store.note(task, Outcome.NO_ANSWER)

    later(days=1)
    assert store.seen_by("wei") == [task.id]


def test_after_so_many_touches_it_is_done(store) -> None:
    [task] = store.give(store.member())

    for _ in range(3):
        store.note(task, Outcome.NO_ANSWER)
        later(days=1)

    found = store.task(task.id)
    assert (found.state, found.touches) == (TaskState.DONE, 3)
    assert store.seen_by("wei") == []


def test_a_purchase_ends_it_before_any_job_has_seen_it(store) -> None:
    lin = store.member()
    [task] = store.give(lin)
    later(minutes=1)

    store.buy(lin)

    assert store.seen_by("wei") == []
    with pytest.raises(IsOver):
        store.note(task, Outcome.REPLIED)
    store.do(service.bought, {lin})
    assert store.task(task.id).state == TaskState.BOUGHT


def test_a_purchase_of_nothing_or_from_before_ends_nothing(store) -> None:
    lin = store.member()
    store.buy(lin, clock.now() - timedelta(days=1))
    [task] = store.give(lin)
    later(minutes=1)
    store.buy(lin, fen=0)

    assert store.do(service.bought, {lin}) == 0
    assert store.seen_by("wei") == [task.id]


def test_a_no_holds_on_every_channel_and_ends_all_that_was_asked_of_her(store) -> None:
    lin = store.member()
    first, second = store.give(lin), store.give(lin, cause="another")

    store.note(first[0], Outcome.OPTED_OUT)

    with db.transaction(store.brand_id):
        said = [members.has_consent(lin, Purpose.MARKETING, each) for each in ConsentChannel]
    assert not any(said)
    assert {task.state for task in store.tasks(lin)} == {TaskState.OPTED_OUT}
    assert store.seen_by("wei") == []
    assert len(second) == 2
    assert len(store.give(lin, cause="later")) == 2


def test_a_no_cannot_be_taken_back_for_her(store) -> None:
    [task] = store.give(store.member())
    step = store.note(task, Outcome.OPTED_OUT)

    with pytest.raises(TooLateToUndo):
        store.do(service.undo, task.id, step.number, store.tap(task))


def test_a_no_said_elsewhere_hides_it_at_once(store) -> None:
    lin = store.member()
    store.give(lin)

    store.do(people.refuse_marketing, None, lin, "card")

    assert store.seen_by("wei") == []


def test_a_step_can_be_undone_for_ten_minutes_by_who_made_it(store) -> None:
    [task] = store.give(store.member())
    step = store.note(task, Outcome.COMING)
    with pytest.raises(TooLateToUndo):
        store.do(service.undo, task.id, step.number, store.tap(task, "lan"))

    store.do(service.undo, task.id, step.number, store.tap(task))

    back = store.task(task.id)
    assert (back.outcome, back.touches, back.due_at) == (None, 0, task.due_at)
    assert store.seen_by("wei") == [task.id]


def test_after_ten_minutes_it_stands(store) -> None:
    [task] = store.give(store.member())
    step = store.note(task, Outcome.COMING)
    later(minutes=11)

    with pytest.raises(TooLateToUndo):
        store.do(service.undo, task.id, step.number, store.tap(task))


def test_a_tap_that_comes_twice_is_one_touch(store) -> None:
    [task] = store.give(store.member())
    tap = store.tap(task)

    steps = [store.do(service.note, task.id, Outcome.NO_ANSWER, tap) for _ in range(3)]

    assert {step.number for step in steps} == {1}
    assert store.task(task.id).touches == 1


def test_what_she_saw_has_changed_meanwhile(store) -> None:
    [task] = store.give(store.member())
    old = store.tap(task)
    store.note(task, Outcome.NO_ANSWER)

    with pytest.raises(HasChanged):
        store.do(service.note, task.id, Outcome.COMING, old)


def test_put_off_until_a_day_it_comes_back_on_that_day(store) -> None:
    [task] = store.give(store.member())
    day = clock.business_day(clock.now()) + timedelta(days=2)

    store.do(service.snooze, task.id, day, store.tap(task))

    assert store.seen_by("wei") == []
    later(days=2)
    assert store.seen_by("wei") == [task.id]
    assert store.task(task.id).due_at == clock.day_bounds(day)[1]


def test_a_manager_gives_it_to_another_of_the_store(store) -> None:
    [task] = store.give(store.member())

    step = store.do(service.hand_over, task.id, store.chen.id, store.tap(task, "lan"))

    assert (step.step, step.before["guide_id"]) == (Step.GIVEN, store.house.wei.id)
    assert (store.seen_by("wei"), store.seen_by("chen")) == ([], [task.id])
    with pytest.raises(NotYourCall):
        store.do(service.hand_over, task.id, store.house.wei.id, store.tap(task, "chen"))
    with pytest.raises(service.NotAColleague):
        store.do(service.hand_over, task.id, store.house.bo.id, store.tap(task, "lan"))


def test_who_was_put_last_week_closes_by_itself(store) -> None:
    [task] = store.give(store.member())
    later(days=3)
    assert store.seen_by("wei") == [task.id]

    later(days=6)

    assert store.seen_by("wei") == []
    assert store.do(service.close_over) == 1
    assert store.task(task.id).state == TaskState.EXPIRED


def test_the_rate_counts_what_a_guide_had_a_chance_to_do(store) -> None:
    bought, touched, left, no = (store.member() for _ in range(4))
    for each in (bought, touched, left, no):
        store.give(each)
    later(minutes=1)
    store.buy(bought)  # before anybody could write to her
    store.note(store.tasks(touched)[0], Outcome.REPLIED)
    store.do(people.refuse_marketing, None, no, "card")

    with db.transaction(store.brand_id):
        since = clock.now() - timedelta(days=1)
        [wei] = queries.rates([store.house.jingan.id], since)
        elsewhere = queries.rates([store.house.hubin.id], since)

    assert (wei.name, wei.given, wei.touched, wei.waiting) == ("小魏", 2, 1, 1)
    assert elsewhere == []


def test_a_tap_needs_its_key(store) -> None:
    [task] = store.give(store.member())

    with pytest.raises(service.NoKey):
        store.do(service.take, task.id, Tap(store.actor("wei"), 0, "short"))
