"""归属规则: tried on everybody, published as it was tried, applied if somebody wants it so."""

from __future__ import annotations

import re

import pytest

from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.members import queries as members
from app.owners import queries
from app.owners.queries import ruling
from app.owners.rules import SUGGESTED, Rule, Step, Way
from app.staff.models import Role
from app.visits import service as visits
from app.visits.models import Outcome, VisitKind
from tests import factories

TOUCH = {"way0": "exclusive", "days0": "90", "way1": "last_touch", "days1": "180"}


@pytest.fixture
def lin(house):
    """Wei has served her, and nobody is her guide."""
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    lin = factories.make_member(house.brand.id, fan.id)
    by = factories.actor(factories.sign_in("wei"))
    with db.transaction(house.brand.id):
        code = house.jingan.code
        visit = visits.record(members.fan(fan.id), code, VisitKind.MEMBER, clock.now())
        visits.claim(visit.id, by)
        visits.finish(visit.id, by, Outcome.SERVED)
    return lin


def tried(desk, **given) -> str:
    return desk.post("/owners/rule", act="try", **(TOUCH | given)).get_data(as_text=True)


def publish(desk, page: str, **given):
    seal = re.search(r'name="tried" value="(\w*)"', page)[1]
    return desk.post("/owners/rule", act="publish", tried=seal, **(TOUCH | given))


def owner_of(house, member) -> int | None:
    with db.transaction(house.brand.id):
        row = queries.open_rows([member.id]).get(member.id)
        return row.staff_id if row else None


def in_force(house) -> Rule:
    with db.transaction(house.brand.id):
        return ruling.in_force()


def test_the_form_suggests_a_first_rule_and_nothing_is_in_force(mei, house):
    page = mei.page("/owners/rule")

    assert "现在没有规则" in page
    assert '<option value="promoter" selected>' in page
    assert (Step(Way.PROMOTER), Step(Way.LAST_TOUCH, 180)) == SUGGESTED
    assert in_force(house).steps == ()


def test_a_trial_says_how_many_with_examples_and_changes_nothing(mei, house, lin):
    page = tried(mei)

    assert "依次看：保护期（90 天） → 最近接待（180 天内）" in page
    assert re.search(r"新得到导购</th><td class=\"end num\">1<", page)
    assert "小魏 · 静安寺店" in page
    assert lin.number in page
    assert owner_of(house, lin) is None
    assert in_force(house).steps == ()


def test_what_was_tried_is_published_and_moves_nobody(mei, house, lin):
    done = publish(mei, tried(mei), whom="new")

    assert done.status_code == 303
    assert in_force(house) == Rule(1, (Step(Way.EXCLUSIVE, 90), Step(Way.LAST_TOUCH, 180)))
    assert owner_of(house, lin) is None
    with db.transaction(house.brand.id):
        noted = session.query(AuditRow).filter_by(act="owners.rule_published").one()
    assert (noted.actor, noted.subject) == (f"staff:{house.mei.id}", "owner_rule:1")
    assert "第 1 版" in mei.page("/owners")


def test_published_and_applied_it_is_a_move_that_can_be_undone(mei, house, lin):
    done = publish(mei, tried(mei), whom="everybody")

    report = done.location.removeprefix("/console")
    page = mei.page(report)
    assert "按规则重新分" in page
    assert "已交接" in page
    assert owner_of(house, lin) == house.wei.id
    assert "最近一次是她接待的（归属规则第 1 版）" in mei.page(f"/members/{lin.id}")

    mei.post(f"{report}/undo")
    assert owner_of(house, lin) is None


def test_the_rule_in_force_is_applied_later(mei, house, lin):
    publish(mei, tried(mei))
    assert "给大家重新分…" in tried(mei)

    mei.post("/owners/rule/apply")

    assert owner_of(house, lin) == house.wei.id
    assert "没有人要换导购" in tried(mei)


def test_what_was_changed_since_the_trial_is_tried_again_and_not_published(mei, house, lin):
    answer = publish(mei, tried(mei), days1="30")

    assert "最近接待（30 天内）" in answer.get_data(as_text=True)
    assert in_force(house).steps == ()


def test_without_any_step_a_brand_goes_back_to_hands(mei, house, lin):
    publish(mei, tried(mei))
    nothing = dict.fromkeys(TOUCH, "")

    publish(mei, tried(mei, **nothing), **nothing)

    assert in_force(house) == Rule(2, ())
    assert "不自动分，会员归谁全由人来定" in mei.page("/owners")


def test_sending_the_same_form_twice_publishes_once(mei, house, lin):
    page = tried(mei)
    publish(mei, page)

    again = publish(mei, page)

    assert again.status_code == 409
    assert in_force(house).version == 1


@pytest.mark.parametrize(
    "wrong", [{"days1": ""}, {"days1": "731"}, {"days0": "x"}, {"way1": "exclusive"}, {"way0": "?"}]
)
def test_what_is_no_rule_is_refused_with_the_fields_kept(mei, house, wrong):
    answer = mei.post("/owners/rule", act="try", **(TOUCH | wrong))

    assert answer.status_code == 422
    assert "规则不完整" in answer.get_data(as_text=True)


def test_headquarters_alone_changes_it(desk_of, house):
    role = Role.STORE_MANAGER
    factories.make_staff(house.brand.id, "gu", role, name="顾", store_ids=[house.jingan.id])
    gu = desk_of("gu")

    assert gu.get("/owners/rule").status_code == 403
    assert gu.post("/owners/rule/apply").status_code == 403
    assert "/owners/rule" not in gu.page("/owners")
