"""Signing in, the member's sheet, several stores, the store's code."""

from __future__ import annotations

import re

from app.core import db, events
from app.members.models import Member
from app.staff.models import Role
from app.stores import service as stores
from tests import factories
from tests.guides.conftest import join, scan


def sign_in(client, account: str, password: str = factories.PASSWORD, **fields):
    page = client.get("/guide/login").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    form = {"account": account, "password": password, "csrf_token": token}
    return client.post("/guide/login", data=form | fields)


def test_wei_signs_in_and_stands_before_her_board(house, client):
    answer = sign_in(client, "wei@hemuji")

    assert answer.location == "/guide/board"
    assert "静安寺店" in client.get("/guide/board").get_data(as_text=True)


def test_a_wrong_password_shows_the_form_again_with_what_was_typed(house, client):
    answer = sign_in(client, "wei@hemuji", "not her password")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "账号或密码不对，检查后再试" in page
    assert 'value="wei@hemuji"' in page
    assert "not her password" not in page


def test_signing_in_leads_back_to_the_page_asked_for_and_never_away(house, client):
    asked = client.get("/guide/me")

    assert asked.status_code == 401
    assert 'name="next" value="/guide/me"' in asked.get_data(as_text=True)
    assert sign_in(client, "wei", next="/guide/me").location == "/guide/me"
    assert sign_in(client, "wei", next="//elsewhere.example/guide/").location == "/guide/board"


def test_headquarters_has_no_board(house, client):
    sign_in(client, "mei")

    assert client.get("/guide/board").status_code == 403


def test_after_signing_out_the_cookie_is_worth_nothing(house, client):
    sign_in(client, "wei")
    cookie = client.get_cookie("huike_guide").value
    page = client.get("/guide/me").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

    client.post("/guide/logout", data={"csrf_token": token})
    client.set_cookie("huike_guide", cookie)

    assert client.get("/guide/board").status_code == 401


def test_a_manager_sees_her_store(house, phone_of):
    factories.make_staff(
        house.brand.id, "manager", Role.STORE_MANAGER, name="店长", store_ids=[house.jingan.id]
    )
    scan(house)

    assert phone_of("manager").board()["counts"]["scans"] == 1


def test_a_guide_of_two_stores_changes_from_one_to_the_other(house, phone_of):
    both = [house.jingan.id, house.hubin.id]
    factories.make_staff(house.brand.id, "both", name="小双", store_ids=both)
    phone = phone_of("both")

    first = phone.board()["store"]["id"]
    phone.post("/guide/store", store_id=house.hubin.id)
    second = phone.board()["store"]["id"]

    assert (first, second) == (house.jingan.id, house.hubin.id)


def test_nobody_changes_to_a_store_she_does_not_work_in(house, wei):
    answer = wei.post("/guide/store", store_id=house.hubin.id)

    assert answer.status_code == 404
    assert wei.board()["store"]["id"] == house.jingan.id


def test_a_guide_without_a_store_is_told_so(house, client):
    factories.make_staff(house.brand.id, "nowhere", name="小无")
    sign_in(client, "nowhere")

    answer = client.get("/guide/board")

    assert answer.status_code == 409
    assert "你还没有门店，让店长把你加进来" in answer.get_data(as_text=True)


def test_the_sheet_shows_what_works_and_what_does_not_yet(house, wei):
    member = join(house, scan(house).fan_id, name="周女士")
    _belongs_to(house, member, house.jingan.id)

    page = wei.page(f"/guide/members/{member.id}")

    for words in ("周女士", "138****5678", "今天入会", "满 99 可用", "本店库存 18", "已给她"):
        assert words in page
    assert "13800005678" not in page


def test_another_stores_member_is_shown_only_what_her_scan_here_opens(house, wei, bo):
    member = join(house, scan(house).fan_id)
    _belongs_to(house, member, house.hubin.id)

    here = wei.page(f"/guide/members/{member.id}")
    at_home = bo.page(f"/guide/members/{member.id}")

    assert "她在本店扫码，可看到 24:00" in here
    assert "累计" not in here
    assert "可看到" not in at_home
    assert "累计" in at_home
    assert "时间线" not in here


def test_the_sheet_ends_with_what_happened_to_her_but_not_with_what_she_took_back(house, wei):
    member = join(house, scan(house).fan_id)
    _belongs_to(house, member, house.jingan.id)
    with db.transaction(house.brand.id):
        events.record("wechat.phone_withdrawn", member_id=member.id)

    page = wei.page(f"/guide/members/{member.id}")

    assert "入会" in page.partition("时间线")[2]
    assert "撤回了手机号" not in page


def test_giving_the_sample_from_the_sheet_offers_the_way_back_there(house, wei):
    visit = scan(house)
    member = join(house, visit.fan_id)
    here = f"/guide/members/{member.id}"
    form = {"csrf_token": wei.csrf, "key": "a-key-of-the-sheet", "back": here}

    answer = wei.client.post(f"/guide/visits/{visit.id}/sample", data=form)
    page = wei.page(answer.location)

    assert answer.location.startswith(f"{here}?given=")
    assert "撤销" in page
    assert "已给她" not in page


def test_the_stores_code_is_drawn_once_wechat_has_given_it(house, wei):
    before = wei.page("/guide/code")
    with db.transaction(house.brand.id):
        stores.set_ticket(house.jingan.code.id, ticket="t", url="http://weixin.qq.com/q/abc")
    after = wei.page("/guide/code")

    assert "还没有二维码" in before
    assert "<svg" in after


def _belongs_to(house, member: Member, store_id: int) -> None:
    with db.transaction(house.brand.id):
        db.get(Member, member.id).main_store_id = store_id
