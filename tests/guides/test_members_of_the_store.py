"""会员: finding a member of her own store, and what a guide writes on the sheet."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.db import session
from app.members import service as people
from app.members.models import Measurement, Member, Tag
from app.members.service import measures
from app.members.service.measures import Definition
from tests import factories
from tests.guides.conftest import join, scan

WATER = Definition("水分", "number", "%", low="0", high="100", normal_low="45", normal_high="65")


@pytest.fixture
def zhou(house):
    """周女士, a member of 静安寺店."""
    member = join(house, scan(house).fan_id, name="周女士")
    with db.transaction(house.brand.id):
        found = db.get(Member, member.id)
        found.main_store_id = house.jingan.id
        people.keep_tokens(found)
        return found


def find(phone, words: str) -> str:
    return phone.post("/guide/members", asked=words).get_data(as_text=True)


@pytest.mark.parametrize("words", ["5678", "周女士", "13800005678"])
def test_she_is_found_by_tail_name_or_phone_and_shown_masked(house, wei, zhou, words):
    page = find(wei, words)

    assert "周女士" in page
    assert "138****5678" in page
    assert f"/guide/members/{zhou.id}" in page
    assert page.count("13800005678") == page.count('value="13800005678"')


def test_she_is_found_by_her_number(house, wei, zhou):
    assert "周女士" in find(wei, zhou.number)


def test_a_guide_elsewhere_does_not_find_her(house, bo, zhou):
    for words in ("5678", "周女士", zhou.number):
        assert f"/guide/members/{zhou.id}" not in find(bo, words)


def test_without_words_the_newest_members_of_the_store_are_there(house, wei, bo, zhou):
    assert "周女士" in wei.page("/guide/members")
    assert "本店还没有会员" in bo.page("/guide/members")


def test_a_note_and_a_tag_stand_on_her_sheet(house, wei, zhou):
    wei.post(f"/guide/members/{zhou.id}/notes", text="不喜欢香精味")
    wei.post(f"/guide/members/{zhou.id}/tags", tag="敏感肌")

    page = wei.page(f"/guide/members/{zhou.id}")
    assert "不喜欢香精味" in page
    assert '<span class="tag">敏感肌</span>' in page


def test_a_guide_elsewhere_writes_nothing_on_her(house, bo, zhou):
    for path, given in (
        ("notes", {"text": "随便"}),
        ("tags", {"tag": "随便"}),
        ("measurements", {"kind": "1", "value": "50"}),
    ):
        assert bo.post(f"/guide/members/{zhou.id}/{path}", **given).status_code == 404


def test_results_over_time_become_a_line_with_the_normal_band(house, wei, zhou):
    with db.transaction(house.brand.id):
        kind = measures.define_kind(WATER).id

    for value in ("38", "44.5", "57"):
        wei.post(f"/guide/members/{zhou.id}/measurements", kind=kind, value=value)

    page = wei.page(f"/guide/members/{zhou.id}")
    assert page.count("<circle") == 3
    assert 'class="band"' in page
    assert "正常 45–65" in page
    assert "小魏测" in page


@pytest.mark.parametrize("value", ["", "-1", "100.01", "abc", "NaN", "1e9", "50.123", "一"])
def test_a_slip_of_the_finger_is_refused_and_named(house, wei, zhou, value):
    with db.transaction(house.brand.id):
        kind = measures.define_kind(WATER).id

    answer = wei.post(f"/guide/members/{zhou.id}/measurements", kind=kind, value=value)

    assert answer.status_code == 422
    with db.transaction(house.brand.id):
        assert measures.results_of(zhou.id) == []


def test_what_was_measured_is_sealed(house, wei, zhou):
    with db.transaction(house.brand.id):
        kind = measures.define_kind(Definition("肤质", "choice", options=("干性", "油性"))).id
    wei.post(f"/guide/members/{zhou.id}/measurements", kind=kind, value="干性")

    with db.transaction(house.brand.id):
        row = session.scalars(select(Measurement)).one()
        assert "干性" not in row.value_encrypted
        assert measures.opened(row) == "干性"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Definition("", "number", low="0", high="1"), "name"),
        (Definition("水分", "number", low="5", high="1"), "low"),
        (Definition("水分", "number", low="0", high="9", normal_low="3"), "normal_low"),
        (Definition("水分", "number", low="0", high="9", normal_low="3", normal_high="10"),
         "normal_low"),
        (Definition("肤质", "choice", options=("干性",)), "options"),
        (Definition("水分", "colour"), "form"),
    ],
)  # fmt: skip
def test_a_test_that_cannot_be_is_refused_at_its_place(house, wanted, field):
    with db.transaction(house.brand.id), pytest.raises(measures.BadInput) as refused:
        measures.define_kind(wanted)

    assert list(refused.value.extra["fields"]) == [field]


def undo(phone, member, page: str):
    """What the toast's button sends."""
    name = re.search(r'name="name" value="(\w+)"', page)[1]
    of = re.search(r'name="of" value="(\d+)"', page)[1]
    return phone.post(f"/guide/members/{member.id}/undo", name=name, of=of)


def sheet_after(phone, answer) -> str:
    """The page to which an act leads."""
    return phone.page(answer.headers["Location"].split("#")[0])


def test_a_note_is_taken_back_from_the_toast_and_was_never_there(house, wei, zhou):
    page = sheet_after(wei, wei.post(f"/guide/members/{zhou.id}/notes", text="写错了人"))
    assert "记下了 1 条备注" in page

    first, again = undo(wei, zhou, page), undo(wei, zhou, page)

    assert (first.status_code, again.status_code) == (303, 303)
    assert "撤销了" in sheet_after(wei, first)
    assert "写错了人" not in wei.page(f"/guide/members/{zhou.id}")


def test_a_tag_put_on_by_a_slip_is_taken_back(house, wei, zhou):
    page = sheet_after(wei, wei.post(f"/guide/members/{zhou.id}/tags", tag="敏感肌"))
    assert "加上了「敏感肌」" in page

    undo(wei, zhou, page)

    assert "敏感肌" not in wei.page(f"/guide/members/{zhou.id}").replace("比如：敏感肌", "")


def test_a_tag_taken_off_comes_back_as_it_was(house, wei, zhou):
    wei.post(f"/guide/members/{zhou.id}/tags", tag="敏感肌")
    tag_id = re.search(r'name="tag" value="(\d+)"', wei.page(f"/guide/members/{zhou.id}"))[1]
    page = sheet_after(wei, wei.post(f"/guide/members/{zhou.id}/tags/off", tag=tag_id))
    assert "去掉了「敏感肌」" in page
    assert '<span class="tag">敏感肌</span>' not in page

    for _ in range(2):
        undo(wei, zhou, page)

    assert '<span class="tag">敏感肌</span>' in wei.page(f"/guide/members/{zhou.id}")


def test_what_a_rule_says_of_her_is_not_a_guides_to_take_off(house, wei, zhou):
    with db.transaction(house.brand.id):
        people.tag_member(zhou.id, "购买", "高客单", "rule")
        tag_id = session.scalars(select(Tag.id).filter_by(name="高客单")).one()

    answer = wei.post(f"/guide/members/{zhou.id}/tags/off", tag=tag_id)

    assert answer.status_code == 409
    assert '<span class="tag">高客单</span>' in wei.page(f"/guide/members/{zhou.id}")


def test_after_a_quarter_of_a_minute_it_stays(house, wei, zhou):
    answer = wei.post(f"/guide/members/{zhou.id}/notes", text="不喜欢香精味")
    page = sheet_after(wei, answer)
    clock.move(timedelta(seconds=16))

    late = undo(wei, zhou, page)

    assert late.status_code == 409
    assert 'class="told"' not in sheet_after(wei, answer)
    assert "不喜欢香精味" in wei.page(f"/guide/members/{zhou.id}")


def test_nobody_takes_back_what_a_colleague_wrote(house, wei, zhou, phone_of):
    factories.make_staff(house.brand.id, "chen", name="小陈", store_ids=[house.jingan.id])
    page = sheet_after(wei, wei.post(f"/guide/members/{zhou.id}/notes", text="不喜欢香精味"))

    answer = undo(phone_of("chen"), zhou, page)

    assert answer.status_code == 409
    assert "不喜欢香精味" in wei.page(f"/guide/members/{zhou.id}")
