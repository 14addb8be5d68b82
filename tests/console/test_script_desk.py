"""话术 at the desk: written, changed in versions, switched off."""

from __future__ import annotations

import re

import pytest

from tests.tasks.conftest import Store


@pytest.fixture
def store(house) -> Store:
    return Store(house)


def test_written_changed_and_switched_off(store, mei) -> None:
    empty = mei.page("/scripts")
    mei.post("/scripts/new", situation="sleeping", words="{称呼}，好久不见。")
    script = re.search(r"/console/scripts/(\d+)", mei.page("/scripts"))[1]
    mei.post(f"/scripts/{script}", situation="sleeping", words="{称呼}，好久不见，来坐坐？")
    page = mei.page(f"/scripts/{script}")
    mei.post(f"/scripts/{script}/switch", is_on="0")

    assert "还没有话术" in empty
    assert "{称呼}，好久不见。" in page
    assert "您好，好久不见，来坐坐？" in page
    assert "停用" in mei.page("/scripts")


def test_a_variable_that_is_none_is_named(store, mei) -> None:
    answer = mei.post("/scripts/new", situation="sleeping", words="{手机号}，您好")

    assert answer.status_code == 422
    assert "没有「手机号」这个变量" in answer.get_data(as_text=True)


def test_it_offers_what_is_said_face_to_face_and_what_is_said_from_afar(store, mei) -> None:
    page = mei.page("/scripts/new")
    mei.post("/scripts/new", situation="returning", words="{称呼}，又见面了。")

    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', page, re.S)
    face, afar = (re.findall(r'value="(\w+)"', options) for _, options in groups)
    assert face == ["new", "returning", "friend", "joined", "member", "asleep"]
    assert "sleeping" in afar
    assert not set(face) & set(afar)
    assert "粉丝又到店" in mei.page("/scripts")


def test_a_task_offers_no_situation_of_who_stands_in_the_store(store, mei) -> None:
    page = mei.page("/tasks/new")

    assert 'value="news"' in page
    assert 'value="asleep"' not in page
