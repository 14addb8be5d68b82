"""Wei is away: her tasks stand in Chen's list, and stay Wei's whatever Chen does with them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import clock
from app.owners import service as owners
from app.tasks import queries, service
from app.tasks.models import Outcome
from app.tasks.service import Tap
from tests import factories

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def task(store):
    lin = store.member()
    [task] = store.give(lin)
    assert task.guide_id == store.house.wei.id
    return task


def away(store, cover_id: int | None) -> int:
    today = clock.business_day(clock.now())
    days = today, today + timedelta(days=3)
    wei, here = store.house.wei.id, store.house.jingan.id
    return store.do(owners.cover, wei, here, cover_id, *days, by=store.mei).id


def chen():
    return factories.actor(factories.sign_in("chen"))


def listed(store, actor) -> list[int]:
    found = store.do(queries.of_guide, actor, actor.store_ids, clock.now())
    return [each.task.id for each in found]


def test_they_are_listed_and_counted_for_who_stands_in(store, task) -> None:
    by = chen()
    assert listed(store, by) == []
    soon = clock.now() + timedelta(days=2)
    before = store.do(queries.due_count, by, soon)

    away(store, store.chen.id)

    assert listed(store, by) == [task.id]
    assert store.do(queries.due_count, by, soon) == before + 1


def test_what_she_does_is_hers_to_do_and_the_task_stays_with_wei(store, task) -> None:
    by = chen()
    away(store, store.chen.id)

    step = store.do(service.note, task.id, Outcome.REPLIED, Tap(by, task.changes, "a-key-of-chens"))

    assert step.by_id == store.chen.id
    assert store.task(task.id).guide_id == store.house.wei.id


def test_after_it_has_ended_she_may_not_any_more(store, task) -> None:
    by = chen()
    cover_id = away(store, store.chen.id)
    store.do(owners.end_cover, cover_id, by=store.mei)

    assert listed(store, by) == []
    with pytest.raises(service.SomeoneHasIt):
        store.do(service.note, task.id, Outcome.REPLIED, Tap(by, task.changes, "a-key-of-chens"))


def test_what_is_the_stores_is_still_taken_by_whoever_acts(store) -> None:
    by = chen()
    away(store, store.chen.id)
    [free] = store.give(store.member(guide_id=0))

    store.do(service.note, free.id, Outcome.REPLIED, Tap(by, free.changes, "a-key-of-chens"))

    assert store.task(free.id).guide_id == store.chen.id
