"""The table of endpoints, each tried over real HTTP through its function in the trade's words."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from app.wechat import endpoints, gateway, quota
from app.wechat.errors import WeChatError
from app.wechat.gateway import fans

BUTTON = {"type": "click", "name": "会员中心", "key": "card"}


@pytest.fixture
def shop(box, brand) -> SimpleNamespace:
    """The account with Lin and Wei among its followers, and somebody who only looks."""
    people = {key: box.person(key) for key in ("lin", "wei", "bo")}
    account = brand.service
    for key in ("lin", "wei"):
        person_id = people[key]["person_id"]
        box.admin("POST", f"/people/{person_id}/follow", {"appid": account.appid})
    openids = {key: person["openids"][account.appid] for key, person in people.items()}
    return SimpleNamespace(
        box=box, id=account.id, account=account, mini=brand.mini, people=people, **openids
    )


def act(shop, key: str, what: str, **given) -> dict:
    path = f"/people/{shop.people[key]['person_id']}/{what}"
    return shop.box.admin("POST", path, {"appid": shop.account.appid, **given})


# Fans and tags


def test_many_fans_are_asked_about_at_once(shop):
    infos = gateway.user_infos(shop.id, [shop.lin, shop.bo])

    assert {info["openid"]: info["subscribe"] for info in infos} == {shop.lin: 1, shop.bo: 0}


def test_more_fans_than_wechat_takes_are_refused_before_the_call(shop):
    for call, most in (
        (lambda n: gateway.user_infos(shop.id, ["o"] * n), 100),
        (lambda n: gateway.tag_fans(shop.id, 100, ["o"] * n), 50),
        (lambda n: gateway.untag_fans(shop.id, 100, ["o"] * n), 50),
        (lambda n: gateway.mass_send_text(shop.id, ["o"] * n, "在吗", "key"), 10_000),
        (lambda n: gateway.create_menu(shop.id, [BUTTON] * n), 3),
    ):
        with pytest.raises(gateway.TooManyAtOnce):
            call(most + 1)
    with pytest.raises(gateway.TooManyAtOnce):
        gateway.mass_send_text(shop.id, ["o"], "在吗", "key")

    assert shop.box.log(kind="api") == []


def test_all_followers_come_page_by_page_and_from_where_one_stopped(shop):
    shop.box.admin("POST", "/limits", {"openids_per_page": 1})
    try:
        pages = list(gateway.follower_pages(shop.id))
        rest = list(gateway.follower_pages(shop.id, after=pages[0][0]))
    finally:
        shop.box.admin("POST", "/limits", {"openids_per_page": 10_000})

    assert sorted(openid for page in pages for openid in page) == sorted([shop.lin, shop.wei])
    assert [len(page) for page in pages] == [1, 1]
    assert rest == pages[1:]


def test_a_tag_is_made_put_on_read_renamed_taken_off_and_deleted(shop):
    tag = gateway.create_tag(shop.id, "护肤")
    gateway.tag_fans(shop.id, tag.tag_id, [shop.lin, shop.wei])
    gateway.untag_fans(shop.id, tag.tag_id, [shop.wei])
    gateway.rename_tag(shop.id, tag.tag_id, "护肤会员")

    kept = {one.tag_id: one for one in gateway.tags(shop.id)}
    assert kept[tag.tag_id] == gateway.WechatTag(tag.tag_id, "护肤会员", 1)
    assert gateway.tags_of_fan(shop.id, shop.lin) == [tag.tag_id]
    assert list(gateway.fans_of_tag(shop.id, tag.tag_id)) == [[shop.lin]]
    gateway.delete_tag(shop.id, tag.tag_id)
    assert tag.tag_id not in {one.tag_id for one in gateway.tags(shop.id)}


def test_a_remark_is_what_wechat_shows_staff(shop):
    gateway.remark(shop.id, shop.lin, "静安寺店 小林 👋")

    assert gateway.user_info(shop.id, shop.lin)["remark"] == "静安寺店 小林 👋"


# Menus


def test_a_menu_for_all_and_one_for_a_tags_fans(shop):
    tag = gateway.create_tag(shop.id, "会员")
    gateway.tag_fans(shop.id, tag.tag_id, [shop.lin])
    gateway.create_menu(shop.id, [BUTTON])
    menu_id = gateway.add_conditional_menu(shop.id, [BUTTON | {"name": "会员日"}], tag.tag_id)

    seen = {who: str(gateway.menu_seen_by(shop.id, who)) for who in (shop.lin, shop.wei)}
    assert "会员日" in seen[shop.lin]
    assert "会员中心" in seen[shop.wei]
    gateway.delete_conditional_menu(shop.id, menu_id)
    assert "会员日" not in str(gateway.menu_seen_by(shop.id, shop.lin))
    assert "会员中心" in str(gateway.menu(shop.id))
    gateway.delete_menu(shop.id)
    with pytest.raises(WeChatError) as gone:
        gateway.menu(shop.id)
    assert gone.value.errcode == 46003


# Codes


def test_the_picture_of_a_code_is_bytes(shop):
    ticket, _ = gateway.create_qr_code(shop.id, "S0021-G07", permanent=True)

    assert gateway.qr_code_picture(ticket).startswith(b"\x89PNG")


# Messages


def test_a_template_message_under_its_key_is_sent_once(shop):
    put_template(shop, "T1", "template")
    message = gateway.Template("T1", {"thing1": "积分到账 👋"}, url="https://brand.example/points")

    first = gateway.send_template(shop.id, shop.lin, message, key="k" * 32)
    again = gateway.send_template(shop.id, shop.lin, message, key="k" * 32)

    assert first == again
    (shown,) = shop.box.messages(shop.people["lin"])
    assert shown["content"]["data"] == {"thing1": {"value": "积分到账 👋"}}


def test_a_subscription_message_uses_up_one_consent(shop):
    put_template(shop, "S1", "subscribe")
    act(shop, "lin", "subscribe", choices={"S1": "accept"})
    message = gateway.Template("S1", {"thing1": "到货了"}, url="pages/card/card")

    gateway.send_subscription(shop.id, shop.lin, message)

    with pytest.raises(WeChatError) as none_left:
        gateway.send_subscription(shop.id, shop.lin, message)
    assert (none_left.value.errcode, none_left.value.action) == (43101, gateway.Action.DROP_FAN)


def test_a_mini_program_subscription_message_opens_its_page(shop):
    put_template(shop, "S2", "subscribe", shop.mini)
    act(shop, "lin", "subscribe", appid=shop.mini.appid, choices={"S2": "accept"})
    openid = shop.people["lin"]["openids"][shop.mini.appid]
    message = gateway.Template("S2", {"thing1": "券快到期"}, url="pages/card/card")

    assert gateway.send_mini_subscription(shop.mini.id, openid, message)

    (shown,) = shop.box.messages(shop.people["lin"])
    assert shown["content"]["page"] == "pages/card/card"


def put_template(shop, template_id: str, kind: str, account=None) -> None:
    path = f"/accounts/{(account or shop.account).appid}/templates/{template_id}"
    shop.box.admin("PUT", path, {"kind": kind, "title": "通知", "content": "{{thing1.DATA}}"})


def test_a_mass_job_tells_how_far_it_is(shop):
    job = gateway.mass_send_text(shop.id, [shop.lin, shop.wei], "十月新品", "key-1")

    assert gateway.mass_status(shop.id, job.message_id) in ("SENDING", "SEND_SUCCESS")


def test_a_mass_message_goes_to_a_tags_fans_once_under_its_key(shop):
    tag = gateway.create_tag(shop.id, "会员")
    gateway.tag_fans(shop.id, tag.tag_id, [shop.lin, shop.wei])

    job = gateway.mass_send_text_to_tag(shop.id, tag.tag_id, "十月新品", "key-1")
    shop.box.move_clock(61)
    again = gateway.mass_send_text_to_tag(shop.id, tag.tag_id, "十月新品", "key-1")

    assert again == gateway.MassJob(job.message_id, is_adopted=True)


def test_a_preview_is_shown_to_one_and_a_job_that_is_not_there_cannot_be_deleted(shop):
    gateway.preview_mass(shop.id, shop.lin, "十月新品")

    assert len(shop.box.messages(shop.people["lin"])) == 1
    with pytest.raises(WeChatError) as unknown:
        gateway.delete_mass(shop.id, 12345)
    assert unknown.value.errcode == 40059


# Quotas


def test_wechat_says_what_is_left_and_begins_the_count_anew(shop):
    gateway.user_info(shop.id, shop.lin)
    before = gateway.quota_of(shop.id, endpoints.USER_INFO)

    gateway.clear_quota(shop.id)
    gateway.clear_quota_without_token(shop.id)

    assert before.used + before.left == before.day_limit
    assert gateway.quota_of(shop.id, endpoints.USER_INFO).used <= before.used
    assert quota.used_today(shop.account.appid, endpoints.USER_INFO) == 0


def test_clearing_lets_an_api_that_rested_until_midnight_go_on_at_once(shop):
    shop.box.fault("/cgi-bin/user/info", "errcode", errcode=45009)
    with pytest.raises(WeChatError):
        gateway.user_info(shop.id, shop.lin)
    with pytest.raises(gateway.Paused):
        gateway.user_info(shop.id, shop.lin)

    gateway.clear_quota(shop.id)

    assert gateway.user_info(shop.id, shop.lin)["openid"] == shop.lin


def test_at_the_documented_limit_wechat_is_asked_for_this_accounts_own(shop, monkeypatch):
    few = replace(endpoints.USER_INFO, a_day=2)
    monkeypatch.setattr(fans, "USER_INFO", few)

    for _ in range(5):
        gateway.user_info(shop.id, shop.lin)

    assert len(shop.box.log(path="/cgi-bin/openapi/quota/get")) == 1


# The mini-program


def test_a_session_is_alive_until_the_next_login(shop):
    openid = shop.people["lin"]["openids"][shop.mini.appid]
    first, second = (mini_login(shop) for _ in range(2))

    assert gateway.is_session_alive(shop.mini.id, openid, second.session_key)
    assert not gateway.is_session_alive(shop.mini.id, openid, first.session_key)


def mini_login(shop) -> gateway.LoginSession:
    code = act(shop, "lin", "login", appid=shop.mini.appid)["code"]
    return gateway.code_to_session(shop.mini.id, code)


def test_a_mini_program_code_is_a_picture_and_its_refusal_is_none(shop):
    code = gateway.mini_program_code(shop.mini.id, "S0021", "pages/join/join")

    assert code[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0")
    with pytest.raises(WeChatError) as refusal:
        gateway.mini_program_code(shop.mini.id, "S" * 33, "pages/join/join")
    assert refusal.value.errcode == 40169


def test_a_link_opens_the_mini_program_from_a_text_message(shop):
    assert gateway.url_link(shop.mini.id, "pages/join/join", "store=S1").startswith("http")


def test_words_that_others_will_see_are_asked_about(shop):
    mini_login(shop)
    openid = shop.people["lin"]["openids"][shop.mini.appid]

    assert gateway.check_text(shop.mini.id, openid, "很好用").suggests == "pass"


def test_a_picture_is_lent_to_wechat(shop):
    png = gateway.mini_program_code(shop.mini.id, "S1", "pages/join/join")

    assert gateway.upload_picture(shop.id, "card.png", png, "image/png")


# People on web pages


def test_a_visitor_who_was_asked_is_known_across_accounts(shop):
    address = gateway.sign_in_address(shop.id, "https://brand.example/page", "state", ask=True)
    query = parse_qs(urlsplit(address).query)
    assert (query["appid"], query["scope"]) == ([shop.account.appid], ["snsapi_userinfo"])
    assert address.endswith("#wechat_redirect")
    code = act(shop, "lin", "authorize", scope="snsapi_userinfo")["code"]

    visitor = gateway.web_visitor(shop.id, code)

    assert (visitor.openid, visitor.unionid) == (shop.lin, shop.people["lin"]["unionid"])
    assert visitor.page_token not in repr(visitor)
    assert gateway.web_visitor_profile(shop.id, visitor)["nickname"] == "Lin"
    with pytest.raises(WeChatError) as used:
        gateway.web_visitor(shop.id, code)
    assert used.value.action is gateway.Action.ASK_NEW_CODE


def test_a_visitor_of_wechats_snapshot_has_no_identity_that_could_be_written_down(shop):
    code = act(shop, "lin", "authorize", scope="snsapi_userinfo", snapshot=True)["code"]

    visitor = gateway.web_visitor(shop.id, code)

    assert visitor.is_snapshot
    assert (visitor.openid, visitor.unionid) == (None, None)


def test_a_page_is_signed_for_wechats_script_with_a_ticket_fetched_once(shop):
    signed = [gateway.sign_page(shop.id, "https://brand.example/card?a=1#part") for _ in range(2)]

    (fetch,) = shop.box.log(path="/cgi-bin/ticket/getticket")
    assert fetch["errcode"] == 0
    assert {one.appid for one in signed} == {shop.account.appid}
    ticket = ticket_of(shop)
    for one in signed:
        words = f"jsapi_ticket={ticket}&noncestr={one.nonce}&timestamp={one.timestamp}"
        words += "&url=https://brand.example/card?a=1"
        assert one.signature == hashlib.sha1(words.encode()).hexdigest()


def ticket_of(shop) -> str:
    token = shop.box.post("/cgi-bin/stable_token", {
        "grant_type": "client_credential",
        "appid": shop.account.appid,
        "secret": f"secret-of-{shop.account.appid}",
    })["access_token"]  # fmt: skip
    found = shop.box.get("/cgi-bin/ticket/getticket", access_token=token, type="jsapi")
    return found["ticket"]


# The table itself


def test_every_endpoint_is_in_the_table_once_and_says_what_it_needs():
    paths = [one.path for one in endpoints.ENDPOINTS]

    assert len(paths) == len(set(paths)) >= 40
    assert {one.method for one in endpoints.ENDPOINTS} == {"GET", "POST"}
    assert all(len(one.api) <= 64 for one in endpoints.ENDPOINTS)
    assert all(1 <= one.list_least <= one.list_most for one in endpoints.ENDPOINTS)


@pytest.mark.parametrize(
    "endpoint",
    [one for one in endpoints.ENDPOINTS if one.host is not endpoints.Host.PAGES],
    ids=lambda endpoint: endpoint.path,
)
def test_the_sandbox_plays_each_under_its_method(box, endpoint):
    answer = box.raw(endpoint.method, endpoint.path, body=b"{}" if is_post(endpoint) else None)

    if endpoint.answers is endpoints.Answers.BYTES and endpoint.proof is endpoints.Proof.NONE:
        assert answer.status == 404  # no such ticket
    else:
        assert answer.json()["errcode"] not in (0, 40066, 43001, 43002)


def is_post(endpoint) -> bool:
    return endpoint.method == "POST"
