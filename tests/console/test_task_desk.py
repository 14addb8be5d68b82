"""导购任务 at the desk: rules are tried before they are on, a tag is counted before it is sent."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.members import service as people
from app.members.models import Tag
from app.tasks import bulk, jobs, policy
from app.tasks.models import RuleKind, TaskBatch, TaskRule
from tests.tasks.conftest import Store


@pytest.fixture
def store(house) -> Store:
    return Store(house)


@pytest.fixture
def spring(store) -> int:
    """Three members with a tag, one of whom wants no marketing."""
    for marketing in (True, True, False):
        store.do(people.tag_member, store.member(marketing=marketing), "活动", "春季", "rule")
    with db.transaction(store.brand_id):
        return session.scalars(select(Tag.id).filter_by(name="春季")).one()


def batches(store) -> list[TaskBatch]:
    with db.transaction(store.brand_id):
        return list(session.scalars(select(TaskBatch)))


def test_first_counted_by_guide_and_then_sent(store, spring, mei) -> None:
    form = {"tag": spring, "why": "春季新品到了", "words": "", "for_days": "3", "situation": "news"}

    counted = mei.post("/tasks/new", act="try", **form).get_data(as_text=True)
    before = batches(store)
    mei.post("/tasks/new", act="send", **form)  # nobody has counted this tag
    unseen = batches(store)
    mei.post("/tasks/new", act="send", counted=spring, **form)
    jobs.work()

    assert "派 <b>2</b> 个" in counted
    assert "小魏" in counted
    assert "1 位没有同意被联系或没有门店" in counted
    assert (before, unseen) == ([], [])
    [batch] = batches(store)
    assert (batch.state, batch.seen, batch.made) == ("done", 3, 2)
    assert "派完了" in mei.page("/tasks")


def test_what_is_missing_is_named_and_kept(store, spring, mei) -> None:
    form = {"tag": spring, "why": "", "words": "{没有这个}", "for_days": "99"}

    answer = mei.post("/tasks/new", act="send", **form)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "写一句为什么" in page
    assert "没有「没有这个」这个变量" in page
    assert batches(store) == []


def test_a_rule_is_tried_and_then_switched_on(store, mei) -> None:
    page = mei.page("/tasks/rules/sleeping")
    form = {"is_on": "1", "for_days": "7", "words": "{称呼}，来坐坐。"}
    tried = mei.post("/tasks/rules/sleeping", act="try", days="30", **form)
    with db.transaction(store.brand_id):
        kept = session.scalars(select(TaskRule)).all()
    mei.post("/tasks/rules/sleeping", act="save", days="45", **form)

    assert "现在找到 <b>0</b> 位" in page
    assert tried.status_code == 200
    assert kept == []
    with db.transaction(store.brand_id):
        rule = session.scalars(select(TaskRule)).one()
    assert (rule.kind, rule.is_on, rule.days) == (RuleKind.SLEEPING, True, 45)


def test_one_member_s_guide_is_asked_once_for_each_key(store, mei) -> None:
    lin = store.member()
    form = {"why": "她订的货到了", "words": "", "for_days": "3", "key": "page-key-1"}

    for _ in range(2):
        mei.post(f"/members/{lin}/task", **form)

    assert len(store.tasks(lin)) == 1


def test_who_did_not_agree_is_not_asked_for_and_it_says_so(store, mei) -> None:
    lin = store.member(marketing=False)

    answer = mei.post(f"/members/{lin}/task", why="新品到了", words="", for_days="3")

    assert answer.status_code == 409
    assert "没有同意被联系" in answer.get_data(as_text=True)


def test_how_much_a_guide_gets_a_day(store, mei) -> None:
    mei.post("/tasks/policy", per_day="5", touches="2", rest_days="4")
    wrong = mei.post("/tasks/policy", per_day="500", touches="2", rest_days="4")

    assert wrong.status_code == 422
    with db.transaction(store.brand_id):
        assert policy.task_policy() == policy.TaskPolicy(5, 2, 4)


def test_stopped_it_makes_no_more(store, spring, mei) -> None:
    form = {"tag": spring, "counted": spring, "why": "新品", "words": "", "for_days": "3"}
    mei.post("/tasks/new", act="send", **form)
    [batch] = batches(store)

    mei.post(f"/tasks/batches/{batch.id}/stop")
    jobs.work()

    [after] = batches(store)
    assert (after.state, after.made) == ("stopped", 0)


def test_a_store_manager_has_no_such_page(store, mei, desk_of) -> None:
    assert desk_of("lan").get("/tasks").status_code == 403


def test_progress_is_told_without_a_refresh_and_settles(store, spring, mei) -> None:
    form = {"tag": spring, "why": "春季新品到了", "words": "", "for_days": "3", "situation": "news"}
    mei.post("/tasks/new", act="send", counted=spring, **form)

    moving = mei.page("/tasks")
    [batch] = batches(store)
    store.do(bulk.step, batch.id, 2)
    half = mei.page("/tasks/batches")
    seen = re.search(r'name="seen" value="(\w+)"', half)[1]
    same = mei.get(f"/tasks/batches?seen={seen}")
    jobs.work()
    settled = mei.page(f"/tasks/batches?seen={seen}")

    assert "0 / 3 人" in moving
    assert 'hx-trigger="every 2s"' in moving
    assert "2 / 3 人" in half
    assert 'hx-trigger="every 2s"' in half
    assert (same.status_code, same.get_data()) == (204, b"")
    assert "3 / 3 人" in settled
    assert "派完了" in settled
    assert "hx-trigger" not in settled
