"""话术 on the guide's phone: filled for the member at hand, copied, remembered."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import db
from app.core.db import session
from app.tasks.models import ScriptUse, Situation
from app.tasks.service import scripts
from tests.tasks.conftest import Store


@pytest.fixture
def store(house) -> Store:
    return Store(house)


@pytest.fixture
def script(store) -> int:
    return store.do(
        scripts.write,
        None,
        Situation.NEWS,
        "{称呼}，我是{店名}的{导购}，{商品}还好用吗？",
        store.mei,
    ).id


def uses(store) -> list[ScriptUse]:
    with db.transaction(store.brand_id):
        return list(session.scalars(select(ScriptUse)))


def test_her_name_the_store_and_the_guide_are_filled_in(store, script, wei) -> None:
    page = wei.page(f"/guide/members/{store.member()}/scripts")

    assert "周女士，我是静安寺店的小魏，上次带走的那款还好用吗？" in page
    assert "试用" in page
    assert "{" not in page.split("<main>")[1].split("</main>")[0]


def test_a_copy_is_a_use_for_her_task(store, script, wei) -> None:
    lin = store.member()
    [task] = store.give(lin)

    answer = wei.post(f"/guide/members/{lin}/scripts/{script}/use", task=task.id)

    assert answer.status_code == 204
    [used] = uses(store)
    assert (used.member_id, used.task_id, used.staff_id) == (lin, task.id, store.house.wei.id)


def test_the_task_shows_the_scripts_of_its_situation(store, script, wei) -> None:
    [task] = store.give(store.member())

    page = wei.page(f"/guide/tasks/{task.id}")

    assert f"/scripts/{script}/use" in page
    assert "我是静安寺店的小魏" in page


def test_a_guide_of_another_store_can_neither_read_nor_use_it_for_her(store, script, bo) -> None:
    lin = store.member()

    answers = [
        bo.get(f"/guide/members/{lin}/scripts"),
        bo.post(f"/guide/members/{lin}/scripts/{script}/use"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert uses(store) == []


def test_a_favourite_goes_on_top(store, script, wei) -> None:
    back = f"/guide/members/{store.member()}/scripts"

    wei.post(f"/guide/scripts/{script}/favourite", liked="1", back=back)

    assert "取消收藏" in wei.page(back)
