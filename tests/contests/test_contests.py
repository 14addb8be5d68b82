"""A contest from draft to result: live until closed, then nothing changes it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from app.contests import queries, service
from app.contests.models import Contest, ContestResult, Metric
from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.core.errors import AppError
from app.members.models import Member
from app.orders.models import Order
from app.staff.models import Face, Role
from app.tasks import queries as tasks
from app.tasks.models import Task
from tests import factories
from tests.console.test_guides import fill


def closing(contest_id: int, actor) -> Contest:
    return service.close(contest_id, actor, tasks.given)


@pytest.fixture
def mei(house):
    return factories.actor(factories.sign_in("mei", Face.CONSOLE), Face.CONSOLE)


def make(house, actor, *, metric: Metric = Metric.SALES, players=None) -> int:
    today = clock.business_day(clock.now())
    with db.transaction(house.brand.id):
        return service.make(
            name="十一月之星",
            metric=metric,
            prize="一天假",
            days=(today, today),
            players=players or {house.wei.id: None, house.bo.id: None},
            actor=actor,
        ).id


def act(house, what, contest_id: int, actor) -> Contest:
    with db.transaction(house.brand.id):
        return what(contest_id, actor)


def stands(house, contest_id: int) -> list[tuple]:
    with db.transaction(house.brand.id):
        sides = queries.standing(db.get(Contest, contest_id), tasks.given)
        return [(side.name, side.chances, side.value, side.place) for side in sides]


@pytest.fixture
def running(house, mei):
    """Wei has 22 chances and ¥420, Bo ¥77 and no chance."""
    fill(house)
    contest_id = make(house, mei)
    act(house, service.start, contest_id, mei)
    return contest_id


def over() -> None:
    clock.move(timedelta(days=1, hours=1))


def test_it_is_live_by_chances_and_too_few_are_not_placed(house, running):
    assert stands(house, running) == [("小魏", 22, 42_000, 1), ("小薄", 0, 7_700, None)]


def test_what_is_sold_meanwhile_moves_it(house, running):
    give_back(house, 2_000)

    assert stands(house, running)[0] == ("小魏", 22, 40_000, 1)


def test_tasks_given_are_chances_to_sell_beside_scans(house, running):
    give_tasks(house, "open", "done", "expired")

    assert stands(house, running)[0] == ("小魏", 25, 42_000, 1)


def test_what_ended_before_she_could_do_it_or_has_not_begun_is_no_chance(house, running):
    give_tasks(house, "bought", "withdrawn")
    give_tasks(house, "open", begins=clock.now() + timedelta(hours=2))

    assert stands(house, running)[0] == ("小魏", 22, 42_000, 1)


def test_greeting_is_held_against_scans_alone(house, mei):
    fill(house)
    give_tasks(house, "open", "done")
    contest_id = make(house, mei, metric=Metric.GREETS)

    assert stands(house, contest_id)[0][:2] == ("小魏", 22)


def give_tasks(house, *states: str, begins: datetime | None = None) -> None:
    """To Wei, of a member of her store, none of them touched yet."""
    now = clock.now()
    with db.transaction(house.brand.id):
        number = f"T{session.scalar(select(func.count()).select_from(Task))}"
        member = Member(number=number, origin="import", joined_on=now.date(), created_at=now)
        session.add(member)
        session.flush()
        for state in states:
            ended = None if state == "open" else now
            task = Task(source="staff", source_key=f"{number}:{state}", situation="news")
            task.member_id, task.store_id = member.id, house.jingan.id
            task.guide_id, task.state, task.ended_at = house.wei.id, state, ended
            task.created_at = task.starts_at = begins or now
            task.due_at = task.starts_at + timedelta(days=3)
            session.add(task)


def give_back(house, fen: int) -> None:
    with db.transaction(house.brand.id):
        session.scalars(select(Order).filter_by(staff_id=house.wei.id)).one().returned_fen = fen


def test_late_returns_change_no_result_and_the_rule_stands_beside_it(house, mei, running):
    over()
    closed = act(house, closing, running, mei)
    before = stands(house, running)

    give_back(house, 42_000)
    again = act(house, closing, running, mei)

    assert stands(house, running) == before == [("小魏", 22, 42_000, 1), ("小薄", 0, 7_700, None)]
    assert (closed.credit_versions, again.closed_at) == ([0], closed.closed_at)


def test_the_database_keeps_a_result_as_it_is(house, mei, running):
    over()
    act(house, closing, running, mei)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        db.transaction(house.brand.id),
    ):
        session.execute(text("UPDATE contest_results SET value = value + 1"))


def test_it_closes_after_its_last_day_and_not_before(house, mei, running):
    with pytest.raises(service.NotOver):
        act(house, closing, running, mei)


def test_a_draft_is_neither_closed_nor_seen_by_its_players(house, mei):
    draft = make(house, mei)
    over()

    with pytest.raises(service.NotOver):
        act(house, closing, draft, mei)
    with db.transaction(house.brand.id):
        assert queries.of_player(house.wei.id) == []


def test_a_team_is_its_players_together(house, mei):
    fill(house)
    with db.transaction(house.brand.id):
        xu = session.scalar(text("SELECT id FROM staff WHERE login = 'xu'"))
    players = {house.wei.id: "静安", xu: "静安", house.bo.id: None}
    contest_id = make(house, mei, metric=Metric.GREETS, players=players)

    assert stands(house, contest_id)[0][:3] == ("静安", 25, 11)


def test_a_manager_makes_one_of_her_own_guides_alone_and_sees_no_other(house, mei, running):
    factories.make_staff(
        house.brand.id, "gu", Role.STORE_MANAGER, name="顾", store_ids=[house.jingan.id]
    )
    gu = factories.actor(factories.sign_in("gu", Face.CONSOLE), Face.CONSOLE)

    with pytest.raises(service.NotAContest):
        make(house, gu)
    for what in (service.start, closing):
        with pytest.raises(service.NoContest):
            act(house, what, running, gu)
    with db.transaction(house.brand.id):
        assert queries.contests(gu.store_ids) == []


def at_once(house, what, contest_id: int, actor, count: int = 64) -> list[str]:
    """All begin together; what became of each."""
    start, answers = threading.Barrier(count), []

    def run() -> None:
        start.wait()
        try:
            act(house, what, contest_id, actor)
            answers.append("done")
        except AppError as refused:
            answers.append(refused.code)
        except Exception as error:
            answers.append(type(error).__name__)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def counts(house) -> tuple[int, int]:
    with db.transaction(house.brand.id):
        results = session.scalar(select(func.count()).select_from(ContestResult))
        noted = select(func.count()).select_from(AuditRow).filter_by(act="contest.closed")
        return results, session.scalar(noted)


@pytest.mark.race
def test_of_sixty_four_who_close_one_writes_the_result(own_database, house, mei, running):
    over()

    answers = at_once(house, closing, running, mei)

    assert counts(house) == (2, 1)
    assert "done" in answers
    assert set(answers) <= {"done", "TimeoutError", "OperationalError"}


@pytest.mark.race
def test_without_the_condition_several_write_it(own_database, house, mei, running):
    """The negative control: read, then write."""
    over()

    def careless(contest_id: int, actor) -> None:
        held = service.visible(contest_id, actor)
        if held.state == "running":
            service._freeze(held, tasks.given)
            held.state, held.closed_at = "closed", clock.now()

    answers = at_once(house, careless, running, mei, count=8)

    assert "IntegrityError" in answers
