"""Name and birthday are both told: points for it, once, by whatever door and however often."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from app.core import db
from app.core.db import session
from app.core.events import Event
from app.journeys import jobs
from app.members.models import Member
from app.points import queries
from app.points import service as points
from app.points.earning import books
from app.points.earning.rules import Act, Rule, RuleKind

GIVEN = 30
AT_ONCE = 64


@pytest.fixture
def member_id(own_database, house, lin) -> int:
    """Lin has joined at a brand that gives points for telling who she is."""
    lin.join()
    with db.transaction(house.brand.id):
        rule = Rule(RuleKind.ACT, points=GIVEN, act=Act.PROFILE)
        books.publish([rule], starts_at=None, actor="mei")
        return session.scalars(select(Member.id)).one()


def tell(lin, **given: str):
    return lin.client.put("/api/v1/me/profile", json=given, headers=lin.headers)


def balance(house, member_id: int) -> int:
    jobs.work()
    with db.transaction(house.brand.id):
        return queries.balance(member_id)


def completed(house) -> int:
    with db.transaction(house.brand.id):
        told = select(func.count()).select_from(Event).filter_by(name="member.profile_completed")
        return session.scalar(told)


def test_the_last_thing_told_earns_and_a_correction_does_not(lin, house, member_id):
    assert tell(lin, name="林小姐").status_code == 200
    assert balance(house, member_id) == 0

    tell(lin, born_on="1990-02-28")
    assert balance(house, member_id) == GIVEN
    assert lin.get("/points").json["lines"][0]["words"] == "填好姓名和生日"

    tell(lin, born_on="1990-02-27", name="林女士")
    assert balance(house, member_id) == GIVEN
    assert completed(house) == 1


def test_without_a_rule_for_it_nothing_is_given(lin, house, member_id):
    with db.transaction(house.brand.id):
        books.publish([], starts_at=None, actor="mei")

    tell(lin, name="林小姐", born_on="1990-02-28")

    assert balance(house, member_id) == 0


def test_name_and_birthday_told_at_once_by_two_doors_are_noticed(built_app, lin, house, member_id):
    headers = lin.headers

    def by_a_door_of_its_own(given: dict[str, str]) -> int:
        client = built_app.test_client()
        return client.put("/api/v1/me/profile", json=given, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        told = [{"name": "林小姐"}, {"born_on": "1990-02-28"}] * 4
        assert set(pool.map(by_a_door_of_its_own, told)) == {200}

    assert (completed(house), balance(house, member_id)) == (1, GIVEN)


def earn_at_once(built_app, house, earn) -> None:
    def one(number: int) -> None:
        with built_app.app_context(), db.transaction(house.brand.id):
            earn(number)

    with ThreadPoolExecutor(AT_ONCE // 4) as pool:
        list(pool.map(one, range(AT_ONCE)))


def test_sixty_four_at_once_earn_once(built_app, house, member_id):
    earn_at_once(built_app, house, lambda _: points.earn_for_act(member_id, Act.PROFILE))

    assert balance(house, member_id) == GIVEN


def test_acts_that_are_not_named_after_her_earn_every_time(built_app, house, member_id):
    """The negative control."""

    def unnamed(number: int) -> None:
        points.earn(member_id, amount=GIVEN, kind="act", reference=f"try:{number}")

    earn_at_once(built_app, house, unnamed)

    assert balance(house, member_id) == GIVEN * AT_ONCE
