"""任务 on the guide's phone: hers and her store's, what to say, what came of it."""

from __future__ import annotations

import re

import pytest

from app.tasks.models import TaskState
from tests.tasks.conftest import Store, later


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def fields(page: str) -> dict[str, str]:
    """What the page's forms carry along."""
    return {name: re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("key", "seen")}


def test_the_list_says_who_why_until_when_and_what_to_say(store, wei) -> None:
    [task] = store.give(store.member(), words="{称呼}，{店名}到了新品。")

    page = wei.page("/guide/tasks")

    assert '今天到期 <span class="num">1' in page
    assert all(said in page for said in ("周女士", "新品到了", "“周女士，静安寺店到了新品。”"))
    assert f"/guide/tasks/{task.id}" in page
    assert '<em class="count num"><span class="vh">你今天到期的 </span>1</em>' in page


def test_an_empty_list_says_where_tasks_come_from(store, wei) -> None:
    page = wei.page("/guide/tasks")

    assert "现在没有任务" in page
    assert '<em class="count' not in page


def test_what_is_over_is_folded_away_and_not_counted(store, phone_of) -> None:
    store.give(store.member())
    later(days=2)

    page = phone_of("wei").page("/guide/tasks")

    assert '<details class="fold"><summary>已过期 1</summary>' in page
    assert '<em class="count' not in page


def test_an_outcome_in_one_tap_and_its_way_back(store, wei) -> None:
    [task] = store.give(store.member())
    page = wei.page(f"/guide/tasks/{task.id}")

    done = wei.post(f"/guide/tasks/{task.id}/outcome", outcome="replied", **fields(page))
    after = wei.page(done.headers["Location"])
    undo = re.search(r'name="number" value="(\d+)"', after)[1]
    wei.post(f"/guide/tasks/{task.id}/undo", number=undo, key="the-key-of-undo")

    assert done.status_code == 303
    assert "记下了：已回复" in after
    assert store.task(task.id).touches == 0


def test_her_number_is_masked_and_nothing_else_of_it_is_on_the_page(store, wei) -> None:
    [task] = store.give(store.member())

    page = wei.page(f"/guide/tasks/{task.id}")

    assert re.search(r"138\*{4}\d{4}", page)
    assert not re.search(r"138\d{8}", page)


def test_why_no_message_can_go_out_is_said(store, wei) -> None:
    [task] = store.give(store.member())

    page = wei.page(f"/guide/tasks/{task.id}")

    assert "48 小时内没给服务号发过消息" in page
    refused = wei.post(f"/guide/tasks/{task.id}/message", text="您好", **fields(page))
    assert refused.status_code == 409


def test_a_guide_of_another_store_has_no_such_task(store, bo) -> None:
    [task] = store.give(store.member())

    answers = [bo.get(f"/guide/tasks/{task.id}"), bo.get("/guide/tasks/999999999")]

    assert [answer.status_code for answer in answers] == [404, 404]
    for act in ("take", "undo", "message"):
        assert (
            bo.post(
                f"/guide/tasks/{task.id}/{act}", key="a-key-of-the-page", seen=0, text="x", number=1
            ).status_code
            == 404
        )
    assert "周女士" not in bo.page("/guide/tasks")


def test_a_colleague_reads_it_and_cannot_act(store, phone_of) -> None:
    [task] = store.give(store.member())
    chen = phone_of("chen")

    page = chen.page(f"/guide/tasks/{task.id}")

    assert "小魏" in page
    assert "没回应" not in page
    refused = chen.post(
        f"/guide/tasks/{task.id}/outcome", outcome="replied", key="a-key-of-the-page", seen=0
    )
    assert refused.status_code == 409


def test_a_manager_sees_rates_and_hands_over(store, phone_of, wei) -> None:
    [task] = store.give(store.member())
    lan = phone_of("lan")
    page = lan.page(f"/guide/tasks/{task.id}")

    lan.post(f"/guide/tasks/{task.id}/hand-over", to=store.chen.id, **fields(page))

    assert store.task(task.id).guide_id == store.chen.id
    assert "0 / 1" in lan.page("/guide/tasks/team")
    assert wei.get("/guide/tasks/team").status_code == 403


def test_not_wanting_to_be_disturbed_is_final(store, wei) -> None:
    [task] = store.give(store.member())
    page = wei.page(f"/guide/tasks/{task.id}")

    done = wei.post(f"/guide/tasks/{task.id}/outcome", outcome="opted_out", **fields(page))

    assert store.task(task.id).state == TaskState.OPTED_OUT
    assert "撤销" not in wei.page(done.headers["Location"])
    assert "不用再联系她了" in wei.page(f"/guide/tasks/{task.id}")
