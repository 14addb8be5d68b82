"""微信登录, 企业微信登录: WeChat says who a guide is, after she has bound it herself."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from sqlalchemy import select

from app.core import audit, clock, db
from app.core.db import session
from app.staff.models import SignInRound, Staff, StaffBinding, Way
from app.staff.service import bindings, people, totp
from app.wechat import corps
from tests import factories

NOT_BOUND = "还没有绑定员工"
NO_ROUND = "过期了，或不是在这个浏览器里开始的"


def tell_wechat(box, brand) -> None:
    """WeChat knows the brand's service account."""
    account = brand.service
    known = {"kind": account.kind, "secret": f"secret-of-{account.appid}", "name": "禾木集"}
    known |= {"original_id": account.original_id, "callback_url": "http://127.0.0.1:9/"}
    known |= {"token": factories.CALLBACK_TOKEN, "encoding_aes_key": factories.AES_KEY}
    known |= {"mode": "safe", "format": "xml", "web_host": "127.0.0.1"}
    box.admin("PUT", f"/accounts/{account.appid}", known)


@pytest.fixture
def box(wechat_box, house):
    wechat_box.admin("POST", "/reset")
    wechat_box.admin("DELETE", "/faults")
    tell_wechat(wechat_box, house.brand)
    return wechat_box


class Phone:
    """A browser on the phone of somebody whom WeChat knows."""

    def __init__(self, client, box, name: str) -> None:
        self.client, self.box = client, box
        self.person = box.person(name)["person_id"]

    def signed_in(self, login: str) -> Phone:
        self.client.set_cookie("huike_guide", factories.sign_in(login))
        return self

    def post(self, path: str, page: str, **fields):
        text = self.client.get(page).get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
        return self.client.post(path, data={"csrf_token": token} | fields)

    def tap(self, way: str = "wechat", **fields):
        """微信登录, or 企业微信登录, on the login page."""
        return self.post(f"/guide/login/{way}", "/guide/login", **fields)

    def tap_bind(self, way: str = "wechat"):
        return self.post(f"/guide/me/{way}", "/guide/me")

    def allow(self, sent, **more) -> str:
        """WeChat's page; answers the address to which it sends her back."""
        assert sent.status_code == 303, sent.get_data(as_text=True)
        address = sent.location.partition("#")[0]
        there = f"{address}&{urlencode({'person': self.person, **more})}"
        back = self.box.http.request("GET", there, redirect=False)
        assert back.status == 302, back.data.decode()
        parts = urlsplit(back.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def sign_in(self, way: str = "wechat", **fields):
        return self.client.get(self.allow(self.tap(way, **fields)))

    def bind(self, way: str = "wechat"):
        return self.client.get(self.allow(self.tap_bind(way)))

    def board(self) -> int:
        return self.client.get("/guide/board").status_code


@pytest.fixture
def phone_of(app, box):
    """`phone_of("wei")`: her WeChat, in a browser where nobody is signed in."""
    return lambda name: Phone(app.test_client(), box, name)


@pytest.fixture
def wei(phone_of):
    """She has bound her WeChat, and holds another browser now."""
    assert phone_of("wei").signed_in("wei").bind().location == "/guide/me"
    return phone_of("wei")


def told(answer) -> str:
    return re.search(r'class="refusal" role="alert">([^<]+)', answer.get_data(as_text=True))[1]


def acts(brand_id: int) -> list[tuple[str, str]]:
    with db.transaction(brand_id):
        rows = session.scalars(select(audit.AuditRow).order_by(audit.AuditRow.seq))
        return [(row.act, row.actor) for row in rows if row.act.endswith("bound")]


def test_wei_binds_her_wechat_and_signs_in_with_it(house, wei):
    answer = wei.sign_in()

    assert answer.location == "/guide/board"
    assert wei.board() == 200
    cookie = wei.client.get_cookie("huike_guide")
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert acts(house.brand.id) == [("staff.wechat_bound", f"staff:{house.wei.id}")]


def test_whose_wechat_nobody_bound_is_told_what_to_do_and_is_not_in(wei, phone_of):
    stranger = phone_of("stranger")

    answer = stranger.sign_in()

    assert answer.status_code == 401
    assert NOT_BOUND in told(answer)
    assert "先用账号和密码登录" in told(answer)
    assert stranger.board() == 401


def test_an_address_that_brought_her_in_brings_nobody_in_again(wei):
    back = wei.allow(wei.tap())
    assert wei.client.get(back).status_code == 302
    wei.client.delete_cookie("huike_guide")

    again = wei.client.get(back)

    assert (again.status_code, wei.board()) == (400, 401)
    assert NO_ROUND in told(again)


def test_what_was_begun_in_one_browser_is_worth_nothing_in_another(wei, phone_of):
    """Neither an address that is sent to her nor one that is taken from her signs anybody in."""
    bo = phone_of("bo")
    back, of_bo = wei.allow(wei.tap()), bo.allow(bo.tap())

    assert [bo.client.get(back).status_code, wei.client.get(of_bo).status_code] == [400, 400]
    assert (bo.board(), wei.board()) == (401, 401)
    assert wei.client.get(back).location == "/guide/board", "another's try does not use it up"


@pytest.mark.parametrize("state", [None, "", "made-up", "swapped"])
def test_a_state_that_is_missing_invented_or_of_another_round_is_refused(wei, phone_of, state):
    bo = phone_of("bo")
    if state == "swapped":
        state = parse_qs(urlsplit(bo.tap().location).query)["state"][0]
    back = urlsplit(wei.allow(wei.tap()))
    query = {"code": parse_qs(back.query)["code"][0]} | ({} if state is None else {"state": state})

    answer = wei.client.get(f"{back.path}?{urlencode(query)}")

    assert (answer.status_code, wei.board()) == (400, 401)


def test_a_round_ends_after_ten_minutes(wei):
    back = wei.allow(wei.tap())
    clock.move(timedelta(minutes=10, seconds=1))

    assert wei.client.get(back).status_code == 400
    with db.system_transaction():
        bindings.forget_rounds()
        assert session.scalars(select(SignInRound)).all() == []


def test_a_round_for_signing_in_binds_nothing_and_the_other_way_round(house, wei, phone_of):
    bo = phone_of("bo").signed_in("bo")
    to_bind, to_sign_in = bo.allow(bo.tap_bind()), wei.allow(wei.tap())

    crossed = bo.client.get(to_bind.replace("/guide/me/", "/guide/login/"))
    assert crossed.status_code == 400
    bo.client.set_cookie("huike_round", wei.client.get_cookie("huike_round").value)
    assert bo.client.get(to_sign_in.replace("/guide/login/", "/guide/me/")).status_code == 400
    with db.transaction(house.brand.id):
        assert bindings.bound(house.bo.id) == {}


def test_what_wei_began_binds_nothing_to_bo_who_signs_in_at_the_same_browser(house, phone_of):
    shared = phone_of("wei").signed_in("wei")
    back = shared.allow(shared.tap_bind())

    answer = shared.signed_in("bo").client.get(back)

    assert answer.status_code == 400
    with db.transaction(house.brand.id):
        assert bindings.bound(house.bo.id) == {}


def test_one_wechat_is_one_guides(house, wei):
    answer = wei.signed_in("bo").bind()

    assert answer.status_code == 409
    assert "绑定着另一位员工" in answer.get_data(as_text=True)
    with db.transaction(house.brand.id):
        assert bindings.bound(house.bo.id) == {}


def test_who_has_left_does_not_come_in(house, wei):
    with db.transaction(house.brand.id):
        session.get_one(Staff, (house.brand.id, house.wei.id)).is_active = False

    assert wei.sign_in().status_code == 401
    assert wei.board() == 401


@pytest.mark.parametrize("end", [people.disable, people.reset_password])
def test_with_her_access_goes_her_wechat_too(house, wei, end):
    with db.transaction(house.brand.id):
        end(house.wei.id, actor="staff:1")
        session.get_one(Staff, (house.brand.id, house.wei.id)).is_active = True

    assert NOT_BOUND in told(wei.sign_in())
    assert acts(house.brand.id)[-1] == ("staff.wechat_unbound", "staff:1")


def test_unbound_it_opens_nothing_any_more(house, wei, phone_of):
    at_her_page = phone_of("wei").signed_in("wei")
    assert "解绑微信" in at_her_page.client.get("/guide/me").get_data(as_text=True)

    assert at_her_page.post("/guide/me/wechat/unbind", "/guide/me").location == "/guide/me"

    assert NOT_BOUND in told(wei.sign_in())
    assert acts(house.brand.id)[-1] == ("staff.wechat_unbound", f"staff:{house.wei.id}")


def test_who_has_codes_of_a_phone_is_asked_for_one_after_wechat_too(house, wei):
    with db.transaction(house.brand.id):
        person = session.get_one(Staff, (house.brand.id, house.wei.id))
        phone = pyotp.parse_uri(totp.begin(person))
        totp.confirm(person, phone.at(clock.now()))
    clock.move(timedelta(seconds=60))

    asked = wei.sign_in()

    assert asked.status_code == 200
    assert wei.board() == 401
    page = asked.get_data(as_text=True)
    form = dict(re.findall(r'name="(csrf_token|half|next)" value="([^"]*)"', page))
    answer = wei.client.post("/guide/login", data=form | {"code": phone.at(clock.now())})
    assert answer.location == "/guide/board"
    assert wei.board() == 200


def test_no_parameter_leads_her_anywhere_but_to_the_board(wei):
    elsewhere = "https://elsewhere.example/"
    sent = wei.tap(next=elsewhere, redirect_uri=elsewhere, back=elsewhere)
    asked = parse_qs(urlsplit(sent.location).query)
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/guide/login/wechat/back"]

    back = wei.allow(sent)

    answer = wei.client.get(f"{back}&{urlencode({'next': elsewhere})}")
    assert answer.location == "/guide/board"


def test_wechats_snapshot_is_nobody_and_is_told_so(wei):
    answer = wei.client.get(wei.allow(wei.tap(), snapshot=1))

    assert "使用完整服务" in told(answer)
    assert wei.board() == 401


def test_a_wechat_that_does_not_answer_says_so_and_the_round_is_over(wei, box):
    back = wei.allow(wei.tap())
    fault = {"path": "/sns/oauth2/access_token", "kind": "garbage", "times": 1}
    box.admin("POST", "/faults", fault)

    answer = wei.client.get(back)

    assert answer.status_code == 503
    assert "微信没有回应" in told(answer)
    assert wei.client.get(back).status_code == 400


def test_a_code_that_wechat_does_not_know_brings_nobody_in(wei):
    back = re.sub(r"code=\w+", "code=made-up", wei.allow(wei.tap()))

    assert wei.client.get(back).status_code == 400
    assert wei.board() == 401


def test_her_wechat_opens_no_other_brand(house, wei, box):
    other = factories.make_brand("linjian", "林间")
    tell_wechat(box, other)
    box.person("wei")

    assert NOT_BOUND in told(wei.sign_in(account="@linjian"))
    assert "没有这个品牌" in told(wei.tap())
    assert wei.sign_in(account="wei@hemuji").location == "/guide/board"


def test_a_given_password_is_changed_first_here_too(house, wei):
    with db.transaction(house.brand.id):
        session.get_one(Staff, (house.brand.id, house.wei.id)).must_change_password = True
    wei.sign_in()

    assert wei.client.get("/guide/board").location == "/guide/password"


def test_nothing_that_is_stored_lets_anybody_in(house, wei):
    state = parse_qs(urlsplit(wei.tap().location).query)["state"][0]
    browser = wei.client.get_cookie("huike_round").value
    with db.system_transaction():
        rounds = session.scalars(select(SignInRound)).all()
        [bound] = session.scalars(select(StaffBinding)).all()
        kept = [vars(each) for each in [*rounds, bound]]

    openid = wei.box.admin("GET", f"/people/{wei.person}")["openids"][house.brand.service.appid]
    assert len(rounds) == 1
    assert not [secret for secret in (state, browser, openid) if secret in str(kept)]


def test_the_login_page_may_lead_to_wechat_and_a_form_of_another_site_begins_nothing(wei, box):
    policy = wei.client.get("/guide/login").headers["Content-Security-Policy"]
    assert f"form-action 'self' {box.url};" in policy

    assert wei.client.post("/guide/login/wechat", data={}).status_code == 400
    foreign = {"Origin": "https://elsewhere.example"}
    assert wei.client.post("/guide/login/wechat", headers=foreign).status_code in (400, 403)
    with db.system_transaction():
        assert session.scalars(select(SignInRound)).all() == []


# WeCom


@pytest.fixture
def corp(house, box):
    """禾木集 at WeCom: Wei and Bo are its members."""
    members = {name: box.person(name)["person_id"] for name in ("wei", "bo")}
    known = {"secret": "of-the-app", "agent_id": "1000002", "members": members}
    box.admin("PUT", "/corps/ww-hemuji", known | {"web_host": "127.0.0.1"})
    with db.transaction():
        given = {"corp_id": "ww-hemuji", "agent_id": "1000002", "secret": "of-the-app"}
        corps.connect(house.brand.id, **given)
    return "ww-hemuji"


def test_wei_binds_her_wecom_and_signs_in_with_it(house, corp, phone_of):
    assert phone_of("wei").signed_in("wei").bind("wecom").location == "/guide/me"
    wei = phone_of("wei")

    assert wei.sign_in("wecom").location == "/guide/board"

    assert wei.board() == 200
    assert acts(house.brand.id) == [("staff.wecom_bound", f"staff:{house.wei.id}")]
    assert NOT_BOUND in told(phone_of("bo").sign_in("wecom"))
    assert NOT_BOUND in told(phone_of("wei").sign_in("wechat")), "two names, bound one by one"


def test_who_is_no_member_of_the_corp_is_nobody(corp, phone_of):
    answer = phone_of("lin").sign_in("wecom")

    assert answer.status_code == 422
    assert "本企业的成员账号" in told(answer)


def test_a_round_by_wechat_is_no_round_by_wecom(corp, phone_of):
    phone_of("wei").signed_in("wei").bind("wecom")
    wei = phone_of("wei")
    back = wei.allow(wei.tap("wechat"))

    assert wei.client.get(back.replace("/wechat/", "/wecom/")).status_code == 400
    assert wei.board() == 401


def test_a_corps_token_is_fetched_once_and_anew_when_it_has_died(corp, box, phone_of):
    for name in ("wei", "bo"):
        phone_of(name).sign_in("wecom")
    assert len(box.log(path="/cgi-bin/gettoken")) == 1

    box.fault("/cgi-bin/auth/getuserinfo", "errcode", errcode=42001, times=1)
    assert NOT_BOUND in told(phone_of("wei").sign_in("wecom"))

    assert len(box.log(path="/cgi-bin/gettoken")) == 2


def test_the_login_page_offers_wecom_where_there_is_one(house, box, phone_of):
    wei = phone_of("wei")
    assert "企业微信登录" not in wei.client.get("/guide/login").get_data(as_text=True)
    assert "还没有接上企业微信" in told(wei.tap("wecom"))

    with db.transaction():
        corps.connect(house.brand.id, corp_id="ww-1", agent_id="1", secret="s")

    assert "企业微信登录" in wei.client.get("/guide/login").get_data(as_text=True)


def test_without_her_password_both_names_are_gone(house, corp, phone_of):
    at_her_page = phone_of("wei").signed_in("wei")
    at_her_page.bind("wechat")
    at_her_page.bind("wecom")
    with db.transaction(house.brand.id):
        assert set(bindings.bound(house.wei.id)) == {Way.WECHAT, Way.WECOM}

        people.reset_password(house.wei.id, actor="staff:1")

        assert bindings.bound(house.wei.id) == {}
