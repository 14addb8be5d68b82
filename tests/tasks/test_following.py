"""Whose task it is when she gets another guide."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core.db import session
from app.core.events import Event
from app.owners import service as owners
from app.staff.models import Face
from app.tasks import service
from app.tasks.models import Outcome
from tests.factories import actor, sign_in

pytestmark = pytest.mark.usefixtures("noon")


def news() -> list[Event]:
    found = select(Event).filter_by(name="member.handed_over").order_by(Event.id)
    return list(session.scalars(found))


def follow(store) -> None:
    store.do(lambda: service.on_handed_over(news()))


def give_to_chen(store, lin: int) -> int:
    mei = actor(sign_in("mei", Face.CONSOLE), Face.CONSOLE)
    return store.do(owners.transfer, [lin], store.chen.id, reason="换班", by=mei).id


def test_what_was_still_to_do_for_her_goes_along(store) -> None:
    lin, other = store.member(), store.member()
    task, stays = store.give(lin, other)
    give_to_chen(store, lin)

    follow(store)

    assert store.task(task.id).guide_id == store.chen.id
    assert store.task(stays.id).guide_id == store.house.wei.id
    assert store.seen_by("chen") == [task.id]


def test_read_twice_it_went_once(store) -> None:
    lin = store.member()
    [task] = store.give(lin)
    give_to_chen(store, lin)

    follow(store)
    once = store.task(task.id).changes
    follow(store)

    assert store.task(task.id).changes == once == task.changes + 1


def test_whoever_had_the_page_open_is_told(store) -> None:
    lin = store.member()
    [task] = store.give(lin)
    stale = store.tap(task)
    give_to_chen(store, lin)
    follow(store)

    with pytest.raises(service.SomeoneHasIt):
        store.do(service.note, task.id, Outcome.REPLIED, stale)


def test_what_is_done_already_stays_with_who_did_it(store) -> None:
    lin = store.member()
    [task] = store.give(lin)
    store.note(task, Outcome.OPTED_OUT)
    give_to_chen(store, lin)
    before = store.task(task.id)

    follow(store)

    after = store.task(task.id)
    assert (after.state, after.guide_id) == (before.state, before.guide_id)
