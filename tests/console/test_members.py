"""会员: the list, the search that no address holds, the single view and what is done on it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.core import clock, db
from app.core.audit import AuditRow
from app.core.db import session
from app.members import service as members
from app.members.models import FieldKind, Member
from app.members.service import fields
from tests import factories
from tests.console.conftest import buy, join, scan


@pytest.fixture
def lin(house):
    """Lin was in 静安寺店 and joined there; answers her id."""
    return join(house, scan(house, "o-lin", clock.now()), clock.now())


@pytest.fixture
def bos(house):
    """Somebody who was in 湖滨店 alone; answers her id."""
    return join(house, scan(house, "o-bo", clock.now(), store=house.hubin), clock.now())


def links(page: str) -> list[int]:
    rows = re.findall(r'<th scope="row"><a href="/console/members/(\d+)"', page)
    return [int(row) for row in rows]


def found(desk, words: str) -> list[int]:
    return links(desk.post("/members/search", words=words).get_data(as_text=True))


def test_the_list_masks_who_they_are(mei, house, lin):
    with db.transaction(house.brand.id):
        db.get(Member, lin).name_encrypted = members.seal_name("周小梅")

    page = mei.page("/members")

    assert links(page) == [lin]
    assert "周**" in page
    assert "小梅" not in page
    assert re.search(r"138\*\*\*\*\d{4}", page)
    assert "刚入会" in page


def test_a_manager_lists_and_finds_those_of_her_store_alone(lan, mei, lin, bos):
    assert set(links(mei.page("/members"))) == {lin, bos}
    assert links(lan.page("/members")) == [lin]
    assert found(lan, f"{lin:04d}") in ([], [lin])


def test_the_search_answers_by_the_phones_end_and_says_when_nobody_is_meant(mei, house, lin):
    with db.transaction(house.brand.id):
        tail = members.open_phone(db.get(Member, lin))[-4:]

    assert found(mei, tail) == [lin]
    assert "没有找到" in mei.post("/members/search", words="没有这个人").get_data(as_text=True)


def test_what_was_searched_for_is_in_no_address(mei, lin):
    assert mei.get("/members/search?words=5678").status_code == 405
    assert 'method="post" action="/console/members/search"' in mei.page("/members")


def test_a_whole_number_that_is_looked_up_leaves_a_row_without_it(mei, house, lin):
    with db.transaction(house.brand.id):
        phone = members.open_phone(db.get(Member, lin))

    assert found(mei, phone) == [lin]

    with db.transaction(house.brand.id):
        row = session.scalars(select(AuditRow).filter_by(act="phone.looked_up")).one()
    assert row.subject == f"member:{lin}"
    assert phone[-8:] not in str(row.detail)


@pytest.mark.parametrize("query", ["sort=name", "state=asleep", "tier=x", "after=1", "store=1.5"])
def test_a_key_that_is_no_key_is_refused_by_its_name(mei, lin, query):
    answer = mei.get(f"/members?{query}")

    assert 400 <= answer.status_code < 500


def test_the_view_shows_everything_of_her(mei, house, lin):
    buy(house, lin, clock.now(), 26800)

    page = mei.page(f"/members/{lin}")

    for words in (
        "累计消费",
        "¥268.00",
        "1 单，每单 ¥268.00",
        "现在在静安寺店",
        "在静安寺店扫码",
        "会员协议",
        "营销 · 短信",
        "查看会留下记录",
        "现在能用",
    ):
        assert words in page


def test_who_is_elsewhere_and_who_is_not_there_answer_alike(lan, bos):
    elsewhere, nobody = lan.get(f"/members/{bos}"), lan.get(f"/members/{10**9}")

    assert elsewhere.status_code == nobody.status_code == 404
    bodies = [
        re.sub(r"编号 \w+", "", answer.get_data(as_text=True)) for answer in (elsewhere, nobody)
    ]
    assert bodies[0] == bodies[1]
    assert "没有这位会员，或不在你的范围内" in bodies[0]


ACTS = ["phone", "tags", "tags/off", "tags/undo", "notes", "notes/undo", "fields", "fields/undo"]


@pytest.mark.parametrize("act", ACTS)
def test_nothing_can_be_done_to_who_is_elsewhere(lan, bos, act):
    assert lan.post(f"/members/{bos}/{act}", why="service", tag="x").status_code == 404


def test_a_number_is_shown_for_a_reason_and_audited(mei, house, lin):
    with db.transaction(house.brand.id):
        phone = members.open_phone(db.get(Member, lin)).removeprefix("+86")

    refused = mei.post(f"/members/{lin}/phone", why="curious")
    shown = mei.client.post(
        f"/console/members/{lin}/phone",
        data={"why": "order", "csrf_token": token(mei)},
        headers={"HX-Request": "true"},
    )

    assert refused.status_code == 422
    assert phone in shown.get_data(as_text=True)
    assert 'data-vanishes="30"' in shown.get_data(as_text=True)
    assert shown.headers["Cache-Control"] == "no-store"
    assert phone not in mei.page(f"/members/{lin}")
    with db.transaction(house.brand.id):
        row = session.scalars(select(AuditRow).filter_by(act="phone.revealed")).one()
    assert row.detail == {"why": "order"}


def token(desk) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', desk.page("/"))[1]


def undo(desk, page: str):
    """Press 撤销 in the toast."""
    toast = re.search(r'data-toast="10".*?</form>', page, re.DOTALL)[0]
    path = re.search(r'action="/console([^"]+)"', toast)[1]
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', toast))
    hidden.pop("csrf_token")
    return desk.post(path, **hidden)


def tags_on(page: str) -> list[str]:
    return re.findall(r'<summary class="badge">([^<]+)</summary>', page)


def test_a_tag_is_put_on_with_who_did_it_and_undone_from_the_toast(mei, lin):
    mei.post(f"/members/{lin}/tags", tag="爱买礼盒")

    page = mei.page(f"/members/{lin}")
    assert tags_on(page) == ["爱买礼盒"]
    assert "手动 · 手动 · 梅" in page
    undo(mei, page)
    assert tags_on(mei.page(f"/members/{lin}")) == []


def test_a_tag_that_was_taken_off_comes_back_from_the_toast(mei, house, lin):
    with db.transaction(house.brand.id):
        members.tag_member(lin, "购买", "护肤", "rule")
        tag_id = members.tag("购买", "护肤")

    mei.post(f"/members/{lin}/tags/off", tag_id=str(tag_id))
    page = mei.page(f"/members/{lin}")
    assert tags_on(page) == []
    undo(mei, page)

    assert tags_on(mei.page(f"/members/{lin}")) == ["护肤"]


def test_a_note_is_written_read_and_taken_back(mei, lin):
    mei.post(f"/members/{lin}/notes", text="怕晒", readers="everyone")

    page = mei.page(f"/members/{lin}")
    assert "梅 写了备注" in page
    assert "怕晒" in page
    undo(mei, page)
    assert "怕晒" not in mei.page(f"/members/{lin}")


def test_a_note_without_words_stays_on_the_page_with_what_is_wrong(mei, lin):
    answer = mei.post(f"/members/{lin}/notes", text=" ", readers="everyone")

    assert answer.status_code == 422
    assert "写点什么" in answer.get_data(as_text=True)


def test_a_field_is_filled_in_changed_back_and_refused_at_its_place(mei, house, lin):
    with db.transaction(house.brand.id):
        field_id = fields.define_field("尺码", FieldKind.NUMBER).id

    mei.post(f"/members/{lin}/fields", field_id=str(field_id), value="38")
    page = mei.page(f"/members/{lin}")
    assert 'value="38"' in page
    wrong = mei.post(f"/members/{lin}/fields", field_id=str(field_id), value="大")
    assert wrong.status_code == 422
    assert "写一个数" in wrong.get_data(as_text=True)
    undo(mei, page)
    assert 'value="38"' not in mei.page(f"/members/{lin}")


def test_the_timeline_alone_answers_htmx(mei, lin):
    answer = mei.client.get(
        f"/console/members/{lin}?kind=visit",
        headers={"HX-Request": "true", "HX-Target": "timeline"},
    ).get_data(as_text=True)

    assert answer.lstrip().startswith('<div id="timeline">')
    assert "在静安寺店扫码" in answer
    assert "同意：" not in answer


def test_the_page_leads_admins_to_her_rights_and_headquarters_to_merging(mei, lan, lin):
    ways = [f"/members/{lin}/rights", f"/members/{lin}/merge"]

    assert [f'href="/console{way}"' in mei.page(f"/members/{lin}") for way in ways] == [True, True]
    assert [f'href="/console{way}"' in lan.page(f"/members/{lin}") for way in ways] == [False] * 2
    assert [mei.get(way).status_code for way in ways] == [200, 200]


def test_who_was_erased_is_said_to_be_and_nothing_else(mei, house, lin):
    with db.transaction(house.brand.id):
        db.get(Member, lin).erased_at = clock.now()

    page = mei.page(f"/members/{lin}")

    assert "已按本人要求注销" in page
    assert "身份" not in page


def test_headquarters_defines_fields_and_a_manager_does_not(mei, lan):
    mei.post("/custom-fields", name="肤质", kind="choice", options="干\r\n油")

    page = mei.page("/custom-fields")
    assert "肤质" in page
    assert "干、油" in page
    wrong = mei.post("/custom-fields", name="肤质", kind="text", options="")
    assert wrong.status_code == 409
    assert "同名" in wrong.get_data(as_text=True)
    assert lan.get("/custom-fields").status_code == 403


def test_a_member_of_another_brand_does_not_exist(mei):
    other = factories.make_brand("qinghe", "青禾")
    fan = factories.make_fan(other.id, other.service.id, "o-foreign")
    member = factories.make_member(other.id, fan.id)

    assert mei.get(f"/members/{member.id}").status_code == 404
    assert found(mei, "5678") == []
