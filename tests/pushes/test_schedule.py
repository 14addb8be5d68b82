from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from app.brands.models import Brand
from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.pushes import service as pushes
from app.pushes.models import Push, PushRun, PushState
from app.pushes.service import dates
from tests.pushes.stage import due_of

SHANGHAI = ZoneInfo("Asia/Shanghai")


def monthly(day: int) -> Push:
    return Push(day_of_month=day, at_time=time(10))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "after", "due"),
    [
        (8, "2026-11-01T00:00", "2026-11-08T10:00"),
        (8, "2026-11-08T10:00", "2026-12-08T10:00"),
        (8, "2026-12-31T23:00", "2027-01-08T10:00"),
        (31, "2026-11-01T00:00", "2026-11-30T10:00"),
        (30, "2027-02-01T00:00", "2027-02-28T10:00"),
        (29, "2028-02-01T00:00", "2028-02-29T10:00"),
    ],
)
def test_the_next_moment_is_that_day_or_the_last_one_of_a_shorter_month(day, after, due):
    assert dates.next_due(monthly(day), at(after), SHANGHAI) == at(due)


def test_ten_oclock_is_meant_on_the_brands_wall():
    tokyo = ZoneInfo("Asia/Tokyo")
    due = dates.next_due(monthly(8), datetime(2026, 11, 1, tzinfo=UTC), tokyo)

    assert due == datetime(2026, 11, 8, 1, tzinfo=UTC)


def test_the_month_of_a_run_is_counted_in_the_brands_zone():
    due = at("2026-12-01T00:30").astimezone(UTC)

    assert dates.period(monthly(1), due, SHANGHAI) == "2026-12"


def test_a_push_that_has_come_due_makes_one_run_and_moves_on(stage):
    push_id = stage.monthly(8)
    due = stage.get_push(push_id).next_at

    assert pushes.plan_due(due - timedelta(seconds=1)) == 0
    assert pushes.plan_due(due) == 1
    assert pushes.plan_due(due) == 0

    [run] = stage.runs_of(push_id)
    assert run.period == f"{clock.local(due):%Y-%m}"
    assert stage.get_push(push_id).next_at > due


def test_three_timekeepers_make_one_run(live):
    push_ids = [live.monthly(day) for day in range(1, 29)]
    start, made = threading.Barrier(3), []

    def keep_time() -> None:
        start.wait()
        made.append(pushes.plan_due(clock.now() + timedelta(days=32)))

    keepers = [threading.Thread(target=keep_time) for _ in range(3)]
    for keeper in keepers:
        keeper.start()
    for keeper in keepers:
        keeper.join()

    assert sum(made) == len(push_ids)
    with db.transaction(live.brand.id):
        assert session.scalar(select(func.count()).select_from(PushRun)) == len(push_ids)


def test_months_missed_in_a_row_make_one_late_run(stage):
    push_id = stage.monthly(8)
    long_after = stage.get_push(push_id).next_at + timedelta(days=100)

    pushes.plan_due(long_after)
    pushes.plan_due(long_after)

    [run] = stage.runs_of(push_id)
    assert run.due_at <= long_after < stage.get_push(push_id).next_at
    assert long_after - run.due_at < timedelta(days=32)


def test_a_clock_that_jumps_ahead_and_back_starts_nothing_twice(stage):
    push_id = stage.monthly(8)
    due = stage.get_push(push_id).next_at

    for moment in (due + timedelta(hours=26), due - timedelta(hours=26), due, due + timedelta(1)):
        pushes.plan_due(moment)

    assert len(stage.runs_of(push_id)) == 1


def test_a_second_run_of_a_month_cannot_be_stored_even_when_the_plan_forgot_the_first(stage):
    push_id = stage.monthly(8)
    due = stage.get_push(push_id).next_at
    pushes.plan_due(due)
    with db.transaction(stage.brand.id):
        session.execute(update(Push).values(next_at=due))

    assert pushes.plan_due(due) == 0

    assert len(stage.runs_of(push_id)) == 1


def test_a_push_scheduled_again_in_a_month_it_was_sent_in_waits_for_the_next(stage):
    push_id = stage.monthly(8)
    due = stage.get_push(push_id).next_at
    pushes.plan_due(due)
    [run] = stage.runs_of(push_id)
    stage.stop(run.id)
    clock.move(due - clock.now() + timedelta(minutes=1))

    with db.transaction(stage.brand.id):
        pushes.save_draft(push_id, day_of_month=28, at_time=time(23, 59))
        push = pushes.schedule(push_id, stage.mei)

    assert due_of(push).strftime("%Y-%m") > run.period


def test_a_push_for_once_runs_once_and_is_finished_with_its_run(stage):
    stage.followers(3)
    run_id = stage.run()

    stage.finish(run_id)

    push = stage.get_push(stage.get_run(run_id).push_id)
    assert (push.state, push.next_at) == (PushState.FINISHED, None)


def test_a_broken_push_does_not_hold_up_another_brands(stage):
    broken = stage.monthly(8)
    sound = stage.monthly(9)
    with db.system_transaction():
        other = session.merge(Brand(id=stage.brand.id + 1000, slug="other", name="别家"))
        other.zone, other.created_at, other.color, other.settings = "x", clock.now(), "#000000", {}
        session.flush()
        row = session.get(Push, (stage.brand.id, broken))
        values = {c.name: getattr(row, c.name) for c in Push.__table__.columns if c.name != "id"}
        session.add(Push(**values | {"brand_id": other.id, "tag_id": None, "asked_by_id": None}))

    pushes.plan_due(clock.now() + timedelta(days=32))

    assert len(stage.runs_of(broken)) == len(stage.runs_of(sound)) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"text": ""}, "text"),
        ({"text": "长" * 601}, "text"),
        ({"tag_id": None}, "tag_id"),
        ({"once_at": None}, "time"),
        ({"once_at": datetime(2020, 1, 1, tzinfo=UTC)}, "time"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_scheduled(stage, given, field):
    with pytest.raises(pushes.CannotSchedule) as refused:
        stage.push(**given)

    assert list(refused.value.extra["fields"]) == [field]
    with db.transaction(stage.brand.id):
        assert session.scalar(select(func.count()).select_from(Push)) == 0


def test_a_paused_push_starts_no_run_and_goes_on_at_its_next_moment(stage):
    push_id = stage.monthly(8)
    due = stage.get_push(push_id).next_at
    with db.transaction(stage.brand.id):
        pushes.pause(push_id, stage.mei)

    pushes.plan_due(due)
    with db.transaction(stage.brand.id):
        pushes.schedule(push_id, stage.mei)

    assert stage.runs_of(push_id) == []
    assert stage.get_push(push_id).next_at == due


def test_a_draft_has_nothing_to_pause(stage):
    with db.transaction(stage.brand.id), pytest.raises(pushes.NotNow):
        pushes.pause(pushes.save_draft(None, name="草稿").id, stage.mei)


def test_a_push_that_is_sending_cannot_be_edited(stage):
    run = stage.get_run(stage.run())

    with db.transaction(stage.brand.id), pytest.raises(pushes.StillSending):
        pushes.save_draft(run.push_id, text="别的话")


def test_who_scheduled_paused_and_stopped_stands_in_the_audit(stage):
    run = stage.get_run(stage.run())
    with db.transaction(stage.brand.id):
        pushes.pause(run.push_id, stage.mei)
    stage.stop(run.id)

    with db.transaction(stage.brand.id):
        rows = session.scalars(select(AuditRow).order_by(AuditRow.seq)).all()

    assert [(row.act, row.actor) for row in rows] == [
        ("push.scheduled", stage.mei.audit_name),
        ("push.paused", stage.mei.audit_name),
        ("push.stopped", stage.mei.audit_name),
    ]
