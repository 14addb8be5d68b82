"""The WeChat API: what it gives, and how it refuses."""

import io
import re

import pytest
import urllib3
import zxingcpp
from PIL import Image

from tests.sandbox.play import MINI, SECRETS, SERVICE

USER = "/cgi-bin/user/info"


def test_the_same_token_is_given_while_it_lives(sandbox):
    first, second = sandbox.stable_token(), sandbox.stable_token()

    assert first["access_token"] == second["access_token"]
    assert 7000 < first["expires_in"] <= 7200
    assert sandbox.token(MINI) != first["access_token"]


def test_a_token_near_its_end_is_replaced_and_both_work(sandbox, lin):
    old = sandbox.token()
    sandbox.move_clock(2 * 3600 - 120)

    new = sandbox.stable_token()

    assert new["access_token"] != old
    assert new["expires_in"] >= 300
    for token in (old, new["access_token"]):
        assert sandbox.get(USER, access_token=token, openid=lin["openids"][SERVICE])["openid"]


def test_an_old_token_expires(sandbox, lin):
    token = sandbox.token()
    sandbox.move_clock(2 * 3600 + 1)

    answer = sandbox.get(USER, access_token=token, openid=lin["openids"][SERVICE])

    assert answer["errcode"] == 42001


def test_a_forced_refresh_kills_the_old_token_but_not_within_thirty_seconds(sandbox, lin):
    old = sandbox.token()
    assert sandbox.token(force_refresh=True) == old

    sandbox.move_clock(31)
    new = sandbox.token(force_refresh=True)

    assert new != old
    answer = sandbox.get(USER, access_token=old, openid=lin["openids"][SERVICE])
    assert answer["errcode"] == 40001


def test_a_token_is_forced_twenty_times_a_day(sandbox):
    answers = []
    for number in range(21):
        sandbox.move_clock(31 * number)
        answers.append(sandbox.stable_token(force_refresh=True))

    assert all("access_token" in answer for answer in answers[:20])
    assert answers[20]["errcode"] == 45009


@pytest.mark.parametrize(
    ("asked", "errcode"),
    [
        ({"grant_type": "password"}, 40002),
        ({"appid": "wxnobody"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
    ],
)
def test_bad_credentials_are_refused_with_http_200_and_a_rid(sandbox, asked, errcode):
    good = {"grant_type": "client_credential", "appid": SERVICE, "secret": SECRETS[SERVICE]}

    answer = sandbox.post("/cgi-bin/stable_token", {**good, **asked})

    assert answer["errcode"] == errcode
    assert re.search(r"rid: [0-9a-f]+-[0-9a-f]{8}-[0-9a-f]{8}$", answer["errmsg"])


def test_a_call_without_a_token_or_with_a_wrong_one_is_refused(sandbox):
    assert sandbox.get(USER)["errcode"] == 41001
    assert sandbox.get(USER, access_token="nonsense")["errcode"] == 40001


def test_unknown_paths_and_methods_are_refused_as_wechat_does(sandbox):
    assert sandbox.get("/cgi-bin/nothing")["errcode"] == 40066
    assert sandbox.get("/cgi-bin/stable_token")["errcode"] == 43002
    assert sandbox.post(USER, {})["errcode"] == 43001


@pytest.mark.parametrize(
    ("body", "errcode"), [(b"", 44002), (b"[]", 47001), (b"{", 47001), (b'{"a":"\\u6b22"}', 40033)]
)
def test_a_body_that_is_no_plain_json_object_is_refused(sandbox, body, errcode):
    response = sandbox.raw("POST", "/cgi-bin/stable_token", body=body)

    assert response.json()["errcode"] == errcode


def test_a_follower_has_no_profile_left_but_a_source(sandbox, lin):
    sandbox.act(lin, "scan", scene="S0021")

    info = sandbox.get(USER, access_token=sandbox.token(), openid=lin["openids"][SERVICE])

    assert "errcode" not in info
    assert (info["subscribe"], info["nickname"], info["sex"]) == (1, "", 0)
    assert (info["subscribe_scene"], info["qr_scene_str"]) == ("ADD_SCENE_QR_CODE", "S0021")
    assert info["unionid"] == lin["unionid"]


def test_a_stranger_is_an_openid_and_nothing_more(sandbox, lin):
    info = sandbox.get(USER, access_token=sandbox.token(), openid=lin["openids"][SERVICE])

    assert info == {
        "subscribe": 0, "openid": lin["openids"][SERVICE], "unionid": lin["unionid"],
    }  # fmt: skip


def test_the_openid_of_another_account_is_refused(sandbox, lin):
    answer = sandbox.get(USER, access_token=sandbox.token(), openid=lin["openids"][MINI])

    assert answer["errcode"] == 40003


def test_the_same_key_is_the_same_person(sandbox, lin):
    again = sandbox.admin("POST", "/people/bulk", {"people": [{"key": "lin"}, {"key": "bo"}]})

    assert again["people"][0]["openids"] == lin["openids"]
    assert again["people"][1]["unionid"] != lin["unionid"]
    assert len(lin["openids"][SERVICE]) == 28


def create_code(sandbox, **asked):
    return sandbox.post("/cgi-bin/qrcode/create", asked, sandbox.token())


def test_a_code_shows_as_a_picture_that_reads_back(sandbox):
    info = {"scene": {"scene_str": "S0021-G07"}}
    made = create_code(sandbox, action_name="QR_LIMIT_STR_SCENE", action_info=info)

    picture = sandbox.raw("GET", "/cgi-bin/showqrcode", fields={"ticket": made["ticket"]})

    read = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.data)).convert("L"))
    assert read[0].text == made["url"]
    assert "expire_seconds" not in made


def test_a_permanent_scene_keeps_its_ticket(sandbox, receiver, lin):
    asked = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "S7"}}}
    first, second = create_code(sandbox, **asked), create_code(sandbox, **asked)

    sandbox.act(lin, "scan", scene="S7")

    assert first == second
    assert first["ticket"] in receiver.calls[0].opened()


@pytest.mark.parametrize(
    "asked",
    [
        {"action_name": "QR_NONSENSE", "action_info": {"scene": {"scene_str": "a"}}},
        {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": ""}}},
        {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "x" * 65}}},
        {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100001}}},
        {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "a"}},
         "expire_seconds": 2592001},
        {"action_name": "QR_SCENE"},
    ],
)  # fmt: skip
def test_a_code_beyond_wechats_limits_is_refused(sandbox, asked):
    assert create_code(sandbox, **asked)["errcode"] == 40053


def exchange(sandbox, code, **extra):
    asked = {"appid": MINI, "secret": SECRETS[MINI], "js_code": code}
    return sandbox.get("/sns/jscode2session", grant_type="authorization_code", **asked | extra)


def login(sandbox, person):
    return sandbox.admin("POST", f"/people/{person['person_id']}/login", {"appid": MINI})["code"]


def test_a_login_code_works_once(sandbox, lin):
    code = login(sandbox, lin)

    session = exchange(sandbox, code)

    assert session["openid"] == lin["openids"][MINI]
    assert session["unionid"] == lin["unionid"]
    assert "errcode" not in session
    assert exchange(sandbox, code)["errcode"] == 40163


def test_a_login_code_dies_after_five_minutes(sandbox, lin):
    code = login(sandbox, lin)
    sandbox.move_clock(301)

    assert exchange(sandbox, code)["errcode"] == 40029


def test_a_made_up_login_code_or_a_wrong_secret_is_refused(sandbox, lin):
    assert exchange(sandbox, "made-up")["errcode"] == 40029
    assert exchange(sandbox, "")["errcode"] == 41008
    assert exchange(sandbox, login(sandbox, lin), secret="x")["errcode"] == 40125


def phone_code(sandbox, person, **given):
    path = f"/people/{person['person_id']}/phone"
    return sandbox.admin("POST", path, {"appid": MINI, **given})


def get_phone(sandbox, code, **extra):
    body = {"code": code, **extra}
    return sandbox.post("/wxa/business/getuserphonenumber", body, sandbox.token(MINI))


def test_a_phone_code_works_once_and_belongs_to_her(sandbox):
    lin = sandbox.person("lin", phone="13800000001")
    bo = sandbox.person("bo")
    code = phone_code(sandbox, lin)["code"]
    foreign = phone_code(sandbox, lin)["code"]

    phone = get_phone(sandbox, code, openid=lin["openids"][MINI])["phone_info"]

    assert (phone["purePhoneNumber"], phone["countryCode"]) == ("13800000001", "86")
    assert phone["watermark"]["appid"] == MINI
    assert get_phone(sandbox, code)["errcode"] == 40029
    assert get_phone(sandbox, foreign, openid=bo["openids"][MINI])["errcode"] == 40029


def test_she_may_refuse_her_phone_or_give_another(sandbox, lin):
    assert phone_code(sandbox, lin, allow=False) == {"errMsg": "getPhoneNumber:fail user deny"}
    other = phone_code(sandbox, lin, phone="13800000002")["code"]
    assert get_phone(sandbox, other)["phone_info"]["purePhoneNumber"] == "13800000002"


def test_a_phone_code_dies_after_five_minutes(sandbox, lin):
    code = phone_code(sandbox, lin)["code"]
    sandbox.move_clock(301)

    assert get_phone(sandbox, code)["errcode"] == 40029


def test_each_kind_of_account_has_its_own_calls(sandbox, lin):
    answer = sandbox.post("/wxa/business/getuserphonenumber", {"code": "x"}, sandbox.token())
    assert answer["errcode"] == 48001

    answer = sandbox.get(USER, access_token=sandbox.token(MINI), openid=lin["openids"][MINI])
    assert answer["errcode"] == 48001


def test_a_planned_errcode_strikes_as_often_as_planned(sandbox):
    sandbox.fault("/cgi-bin/stable_token", "errcode", errcode=-1, times=2)

    answers = [sandbox.stable_token() for _ in range(3)]

    assert [answer.get("errcode") for answer in answers] == [-1, -1, None]


def test_a_lost_answer_leaves_the_work_done(sandbox, lin):
    sandbox.act(lin, "follow")
    sandbox.fault("/cgi-bin/message/custom/send", "lose_response")

    with pytest.raises(urllib3.exceptions.ProtocolError):
        sandbox.send_custom(lin)

    assert len(sandbox.messages(lin)) == 1
    assert sandbox.log(path="/cgi-bin/message/custom/send")[0]["status"] is None


def test_garbage_is_no_json_and_a_delay_is_slow(sandbox):
    sandbox.fault("/cgi-bin/stable_token", "garbage")
    sandbox.fault("/cgi-bin/stable_token", "delay", seconds=0.3)

    with pytest.raises(ValueError, match="Expecting value"):
        sandbox.stable_token()
    sandbox.stable_token()

    assert sandbox.log(path="/cgi-bin/stable_token")[1]["detail"] == "delay"


def test_faults_can_be_taken_back(sandbox):
    sandbox.fault("/cgi-bin/stable_token", "errcode", errcode=-1, times=5)

    sandbox.admin("DELETE", "/faults")

    assert "access_token" in sandbox.stable_token()
