"""投诉 at the desk: recorded at her page, read by those it concerns, answered, counted."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.complaints.models import Complaint
from app.core import clock, db
from app.core.db import session
from app.members.models import Member
from app.staff.models import Role
from app.stores.models import Region, Store
from tests import factories
from tests.guides.test_own_sales import serve

WORDS, ANSWER = "等了二十分钟没有人理我", "店长致电道歉，送了小样"


@pytest.fixture
def lin(house, noon) -> int:
    fan = factories.make_fan(house.brand.id, house.brand.service.id)
    member = factories.make_member(house.brand.id, fan.id)
    with db.transaction(house.brand.id):
        db.get(Member, member.id).main_store_id = house.jingan.id
    return member.id


@pytest.fixture
def qiu(desk_of, house):
    """The manager of 湖滨店."""
    store_ids = [house.hubin.id]
    factories.make_staff(house.brand.id, "qiu", Role.STORE_MANAGER, name="秋", store_ids=store_ids)
    return desk_of("qiu")


def record(desk, member_id: int, about: str, **more: str):
    today = clock.business_day(clock.now()).isoformat()
    form = {"kind": "wait", "text": WORDS, "day": today, "about": about, "key": f"{about}-k"}
    return desk.post(f"/members/{member_id}/complaint", **form | more)


def about_wei(house) -> str:
    return f"guide-{house.jingan.id}-{house.wei.id}"


def rows(house) -> list[Complaint]:
    with db.transaction(house.brand.id):
        return list(session.scalars(select(Complaint).order_by(Complaint.id)))


def press_undo(desk, page: str):
    return desk.post(
        re.search(r'action="/console(/complaints/\d+/\w+)"[^>]*><input[^>]*><button>撤销', page)[1]
    )


def test_a_manager_records_one_at_the_member_s_page_and_answers_it(lan, lin, house):
    assert f"/console/members/{lin}/complaint" in lan.page(f"/members/{lin}")
    assert "小魏" in lan.page(f"/members/{lin}/complaint")

    made = record(lan, lin, about_wei(house))
    [row] = rows(house)
    page = lan.page(f"/complaints/{row.id}")
    lan.post(f"/complaints/{row.id}/answer", answer=ANSWER)

    assert made.headers["Location"].endswith(f"/console/complaints/{row.id}")
    assert WORDS in page
    answered = lan.page(f"/complaints/{row.id}")
    assert ANSWER in answered
    assert "已处理" in answered
    timeline = lan.page(f"/members/{lin}")
    assert "投诉：等太久（小魏）" in timeline
    assert WORDS in timeline
    assert ANSWER in timeline


def test_what_is_missing_is_named_and_what_was_typed_is_kept(lan, lin, house):
    answer = record(lan, lin, "", kind="")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "选一种" in page
    assert "选一样：哪次到店、哪位导购或哪家店" in page
    assert WORDS in page
    assert rows(house) == []


def test_another_store_s_guides_are_looked_at_and_nothing_is_lost(mei, lin, house):
    page = record(mei, lin, "", act="store", store=str(house.hubin.id)).get_data(as_text=True)

    assert "小薄" in page
    assert WORDS in page
    assert rows(house) == []


def test_a_manager_of_another_store_finds_none_of_it(lan, qiu, mei, lin, house):
    record(lan, lin, about_wei(house))
    record(mei, lin, "nobody")
    [hers, nobodys] = rows(house)

    assert [qiu.get(f"/complaints/{row.id}").status_code for row in (hers, nobodys)] == [404, 404]
    assert lan.get(f"/complaints/{nobodys.id}").status_code == 404
    assert mei.get(f"/complaints/{nobodys.id}").status_code == 200
    assert "没有待处理的投诉" in qiu.page("/complaints")
    assert qiu.post(f"/complaints/{hers.id}/answer", answer=ANSWER).status_code == 404
    assert rows(house)[0].answered_at is None


def test_a_manager_does_not_read_on_the_timeline_what_concerns_another_store(mei, qiu, lin, house):
    record(mei, lin, f"store-{house.jingan.id}")
    with db.transaction(house.brand.id):
        db.get(Member, lin).main_store_id = house.hubin.id

    assert WORDS in mei.page(f"/members/{lin}")
    page = qiu.page(f"/members/{lin}")
    assert "时间线" in page
    assert "投诉：" not in page
    assert WORDS not in page


def test_a_region_manager_reads_those_of_her_region(mei, desk_of, lin, house):
    with db.transaction(house.brand.id):
        east = Region(name="华东")
        session.add(east)
        session.flush()
        session.get_one(Store, (house.brand.id, house.jingan.id)).region_id = east.id
        who = {"login": "yan", "name": "燕", "role": Role.REGION_MANAGER}
        factories.staff.add(**who, password=factories.PASSWORD, region_ids=[east.id])
    record(mei, lin, f"store-{house.jingan.id}")
    record(mei, lin, f"store-{house.hubin.id}")

    page = desk_of("yan").page("/complaints")

    assert "静安寺店" in page
    assert "湖滨店" not in page


def test_a_mistake_is_taken_out_and_put_back_from_the_toast(lan, lin, house):
    record(lan, lin, about_wei(house))
    [row] = rows(house)

    lan.post(f"/complaints/{row.id}/withdraw")
    page = lan.page(f"/complaints/{row.id}")
    withdrawn = rows(house)[0].state
    press_undo(lan, page)

    assert withdrawn == "withdrawn"
    assert rows(house)[0].state == "open"


def test_the_toast_of_a_new_one_takes_it_out_again(lan, lin, house):
    record(lan, lin, about_wei(house))
    [row] = rows(house)

    press_undo(lan, lan.page(f"/complaints/{row.id}"))

    assert rows(house)[0].state == "withdrawn"
    assert "没有待处理的投诉" in lan.page("/complaints")
    assert "记错了" in lan.page("/complaints?state=withdrawn")


def test_what_is_late_is_said_on_the_list_and_on_today(desk_of, lan, lin, house, noon):
    record(lan, lin, about_wei(house))
    assert "1 起投诉待处理" in lan.page("/")

    clock.move(timedelta())
    clock.move(noon + timedelta(days=4) - clock.now())
    later = desk_of("lan")

    assert "其中 1 起超期" in later.page("/complaints")
    assert "其中 1 起过了三天" in later.page("/")


def test_it_stands_beside_the_other_figures_of_service(lan, mei, lin, house):
    serve(house, house.wei.id, 40)
    record(lan, lin, about_wei(house))
    record(lan, lin, f"store-{house.jingan.id}")

    page = mei.page("/guides")

    assert re.search(r'1 起 <span class="small second">2\.5</span>', page)
    assert "投诉率是每接待一百位有几起" in page


def test_the_guide_reads_how_many_and_never_the_words(built_app, lan, lin, house):
    record(lan, lin, about_wei(house))
    [row] = rows(house)
    record(lan, lin, about_wei(house), key="another")
    lan.post(f"/complaints/{row.id}/answer", answer=ANSWER)
    phone = built_app.test_client()
    phone.set_cookie("huike_guide", factories.sign_in("wei"))

    page = phone.get("/guide/credit?when=month").get_data(as_text=True)
    sheet = phone.get(f"/guide/members/{lin}")

    assert sheet.status_code == 200
    assert "2 起，已处理 1 起" in page
    assert WORDS not in page + sheet.get_data(as_text=True)
    assert ANSWER not in page + sheet.get_data(as_text=True)
    assert "投诉" not in sheet.get_data(as_text=True)


def test_a_withdrawn_one_is_not_counted_for_her(built_app, lan, lin, house):
    record(lan, lin, about_wei(house))
    [row] = rows(house)
    lan.post(f"/complaints/{row.id}/withdraw")
    phone = built_app.test_client()
    phone.set_cookie("huike_guide", factories.sign_in("wei"))

    assert "已处理" not in phone.get("/guide/credit?when=month").get_data(as_text=True)
