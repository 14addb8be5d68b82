"""A push to more people than the brand lets one person decide waits for somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.brands import service as brands
from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.pushes import service as pushes
from app.pushes.models import PushState


@pytest.fixture
def brand_of_two(stage):
    """One person alone may send to two."""
    set_limit(stage, 2)
    return stage


def set_limit(stage, people: int | None) -> None:
    with db.transaction(stage.brand.id):
        brands.set_push_limit(stage.brand.id, people)


@pytest.fixture
def xu(stage):
    """A colleague of Mei's."""
    return stage.at_headquarters("xu", "许")


def approve(stage, push_id: int, actor, seen: str | None = None) -> None:
    seen = seen or stage.get_push(push_id).asked_at.isoformat()
    with db.transaction(stage.brand.id):
        pushes.approve(push_id, actor, seen)


def acts(stage) -> list[tuple[str, str]]:
    with db.transaction(stage.brand.id):
        found = session.execute(select(AuditRow.act, AuditRow.actor).order_by(AuditRow.seq))
        return [(row.act, row.actor) for row in found if row.act.startswith("push.")]


def in_an_hour() -> int:
    return pushes.plan_due(clock.now() + timedelta(hours=1))


def test_many_people_wait_for_a_second_person_and_few_do_not(brand_of_two):
    brand_of_two.followers(2)
    assert brand_of_two.get_push(brand_of_two.push()).state == PushState.SCHEDULED

    brand_of_two.followers(1)
    push_id = brand_of_two.push()

    assert brand_of_two.get_push(push_id).state == PushState.WAITING


def test_without_a_limit_nobody_is_asked(stage):
    stage.followers(3)

    assert stage.get_push(stage.push()).state == PushState.SCHEDULED


def test_what_waits_gets_no_run_and_what_is_approved_does(brand_of_two, xu):
    brand_of_two.followers(3)
    push_id = brand_of_two.push()
    assert in_an_hour() == 0

    approve(brand_of_two, push_id, xu)
    assert in_an_hour() == 1

    run_id = brand_of_two.runs_of(push_id)[0].id
    brand_of_two.finish(run_id)
    assert brand_of_two.report(run_id).sent == 3
    mei = brand_of_two.mei
    assert acts(brand_of_two) == [
        ("push.approval_asked", mei.audit_name),
        ("push.approved", xu.audit_name),
    ]


def test_who_asked_cannot_approve(brand_of_two):
    brand_of_two.followers(3)
    push_id = brand_of_two.push()

    with pytest.raises(pushes.OwnPush):
        approve(brand_of_two, push_id, brand_of_two.mei)

    assert brand_of_two.get_push(push_id).state == PushState.WAITING


def test_the_database_knows_no_approval_of_ones_own(brand_of_two):
    brand_of_two.followers(3)
    push_id = brand_of_two.push()
    own = text("UPDATE pushes SET state = 'scheduled', approved_by_id = asked_by_id WHERE id = :id")

    with (
        pytest.raises(IntegrityError, match="somebody_else"),
        db.transaction(brand_of_two.brand.id),
    ):
        session.execute(own, {"id": push_id})


def test_an_approval_is_for_the_text_that_was_seen(brand_of_two, xu):
    brand_of_two.followers(3)
    push_id = brand_of_two.push()
    seen = brand_of_two.get_push(push_id).asked_at.isoformat()
    clock.move(timedelta(seconds=1))
    with db.transaction(brand_of_two.brand.id):
        pushes.save_draft(push_id, text="另一段文字")
        pushes.schedule(push_id, brand_of_two.mei)

    with pytest.raises(pushes.NotWaiting):
        approve(brand_of_two, push_id, xu, seen)


def test_an_edit_voids_the_approval_and_a_pause_does_not(brand_of_two, xu):
    brand_of_two.followers(3)
    push_id = brand_of_two.push()
    approve(brand_of_two, push_id, xu)

    with db.transaction(brand_of_two.brand.id):
        pushes.pause(push_id, xu)
        assert pushes.schedule(push_id, xu).state == PushState.SCHEDULED
        pushes.save_draft(push_id, text="另一段文字")
        assert pushes.schedule(push_id, brand_of_two.mei).state == PushState.WAITING


def test_people_tagged_after_scheduling_do_not_slip_past(brand_of_two, xu):
    brand_of_two.followers(2)
    run_id = brand_of_two.run()
    brand_of_two.followers(1)
    with db.transaction(brand_of_two.brand.id):
        assert not pushes.freeze(run_id)
    push_id = brand_of_two.get_run(run_id).push_id
    assert brand_of_two.get_push(push_id).state == PushState.WAITING
    assert brand_of_two.deliveries(run_id) == {}

    approve(brand_of_two, push_id, xu)

    brand_of_two.finish(run_id)
    assert brand_of_two.report(run_id).sent == 3


def test_without_the_limit_the_same_people_are_sent_to(stage):
    """The control of the test before: it is the limit that holds the run."""
    stage.followers(2)
    run_id = stage.run()
    stage.followers(1)

    stage.finish(run_id)

    assert stage.report(run_id).sent == 3


def test_an_approval_after_the_time_is_refused(brand_of_two, xu):
    brand_of_two.followers(3)
    push_id = brand_of_two.push()
    clock.move(timedelta(minutes=5))

    with pytest.raises(pushes.CannotSchedule):
        approve(brand_of_two, push_id, xu)
